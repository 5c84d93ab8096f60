"""A minimal app that the host serves."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/hello")
def hello() -> str:
    return "world"
