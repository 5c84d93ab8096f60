"""What was acknowledged stays, whatever happens to the process; writers wait for each other."""

import threading

import httpx

from tests.backend_process import Backend, Launch


def test_a_hundred_writers_at_once_wait_for_each_other_and_none_fails(launch: Launch) -> None:
    backend = launch()
    answers: list[int] = []

    def write(number: int) -> None:
        with backend.client() as client:
            for turn in range(4):
                answer = client.post("items/", json={"title": f"{number}.{turn}"}, timeout=60)
                answers.append(answer.status_code)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 400
    with backend.client() as client:
        assert client.get("items/").json()["count"] == 400


def write_until_killed(backend: Backend, acknowledged: list[str], name: str) -> None:
    with backend.client() as client:
        for number in range(100_000):
            try:
                answer = client.post("items/", json={"title": f"{name}-{number}"})
            except httpx.TransportError:
                return
            assert answer.status_code == 200
            acknowledged.append(answer.json()["id"])


def test_no_acknowledged_write_is_lost_however_often_it_is_killed(launch: Launch) -> None:
    acknowledged: list[str] = []
    for turn in range(10):
        backend = launch()
        before = len(acknowledged)
        threads = [
            threading.Thread(target=write_until_killed, args=(backend, acknowledged, f"{turn}-{number}"))
            for number in range(4)
        ]
        for thread in threads:
            thread.start()
        while len(acknowledged) < before + 30:
            threads[0].join(0.01)
            assert threads[0].is_alive(), "".join(backend.log[-20:])
        backend.process.kill()
        for thread in threads:
            thread.join()
        backend.wait()
    last = launch()
    with last.client() as client:
        exported = client.get("items/export").json()
        found = client.get("items/", params={"search": "0-0-", "limit": 1_000}).json()
    assert set(acknowledged) <= {item["id"] for item in exported}
    assert len(exported) <= len(acknowledged) + 10 * 4, "at most one unanswered write a thread and kill"
    assert found["count"] == sum("0-0-" in item["title"] for item in exported), "the search index is whole as well"
