"""Labels, placeholders and test ids of the FastAPI full-stack template, which its browser tests use."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.browser_backend import OWNER_EMAIL, OWNER_PASSWORD, BrowserBackend
from harness.browser_page import watched_page

WELCOME = "Welcome back, nice to see you again!"
NEW_PASSWORD = "battery staple"


@pytest.fixture
def anonymous_page(browser: Browser, backend_with_auth: BrowserBackend) -> Iterator[Page]:
    """The login page, without a session."""
    with watched_page(browser, backend_with_auth.url) as page:
        page.goto(backend_with_auth.address)
        expect(page.get_by_role("button", name="Log In")).to_be_visible()
        yield page


@pytest.fixture
def admin(anonymous_page: Page) -> Page:
    """A page with the first superuser logged in."""
    log_in(anonymous_page, OWNER_EMAIL, OWNER_PASSWORD)
    return anonymous_page


def log_in(page: Page, email: str, password: str) -> None:
    page.goto("/login")
    page.get_by_placeholder("Email").fill(email)
    page.get_by_placeholder("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log In").click()
    expect(page.get_by_text(WELCOME)).to_be_visible()


def sign_up(page: Page, name: str, email: str, password: str, confirmed: str) -> None:
    page.goto("/signup")
    typed = {"full-name": name, "email": email, "password": password, "confirm-password": confirmed}
    for field, text in typed.items():
        page.get_by_test_id(f"{field}-input").fill(text)
    page.get_by_role("button", name="Sign Up").click()


def test_new_account_logs_in_and_changes_password(anonymous_page: Page) -> None:
    page = anonymous_page
    expect(page.get_by_role("link", name="Forgot password?")).to_be_visible()
    sign_up(page, "Ada Lovelace", "ada@example.com", OWNER_PASSWORD, OWNER_PASSWORD)
    expect(page).to_have_url(re.compile("/login$"))
    log_in(page, "ada@example.com", OWNER_PASSWORD)

    page.goto("/settings")
    page.get_by_role("tab", name="Password").click()
    page.get_by_test_id("current-password-input").fill(OWNER_PASSWORD)
    for field in ("new", "confirm"):
        page.get_by_test_id(f"{field}-password-input").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Update Password").click()
    expect(page.get_by_text("Password updated successfully")).to_be_visible()
    page.goto("/items")
    expect(page.get_by_role("heading", name="Items")).to_be_visible()
    page.get_by_test_id("user-menu").click()
    page.get_by_role("menuitem", name="Log out").click()
    expect(page).to_have_url(re.compile("/login$"))
    log_in(page, "ada@example.com", NEW_PASSWORD)

    page.goto("/admin")
    expect(page).not_to_have_url(re.compile("/admin"))


def test_sign_up_reports_missing_and_invalid_fields(anonymous_page: Page) -> None:
    page = anonymous_page
    sign_up(page, "", "", "", "")
    for message in ("Full Name is required", "Invalid email address", "Password is required"):
        expect(page.get_by_text(message)).to_be_visible()
    sign_up(page, "Ada", "ada@example.com", "weak", "weak")
    expect(page.get_by_text("Password must be at least 8 characters")).to_be_visible()
    sign_up(page, "Ada", "ada@example.com", OWNER_PASSWORD, NEW_PASSWORD)
    expect(page.get_by_text("The passwords don't match")).to_be_visible()
    sign_up(page, "Owner", OWNER_EMAIL, OWNER_PASSWORD, OWNER_PASSWORD)
    expect(page.get_by_text("The user with this email already exists in the system")).to_be_visible()


def test_sign_up_request_precedes_route_chunk_requests(anonymous_page: Page, backend_with_auth: BrowserBackend) -> None:
    page = anonymous_page
    page.goto("/signup")
    page.get_by_test_id("full-name-input").fill("Ada")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.get_by_test_id("email-input").fill("ada@example.com")
    for field in ("password", "confirm-password"):
        page.get_by_test_id(f"{field}-input").fill(OWNER_PASSWORD)
    with page.expect_request("**/users/signup"):
        page.get_by_role("button", name="Sign Up").click()
    assert requests[0].endswith("/users/signup"), "chunks of other pages were requested first"


def test_admin_page_uses_template_labels(admin: Page) -> None:
    page = admin
    page.goto("/admin")
    expect(page.get_by_role("heading", name="Users")).to_be_visible()
    expect(page.get_by_text("Manage user accounts and permissions")).to_be_visible()
    page.get_by_role("button", name="Add User").click()
    page.get_by_placeholder("Email").fill("not an email")
    page.get_by_placeholder("Email").blur()
    expect(page.get_by_text("Invalid email address")).to_be_visible()
    page.get_by_placeholder("Email").fill("ada@example.com")
    page.get_by_placeholder("Full name").fill("Ada")
    page.get_by_placeholder("Password").first.fill(NEW_PASSWORD)
    page.get_by_placeholder("Password").last.fill(NEW_PASSWORD)
    page.get_by_label("Is superuser?").check()
    page.get_by_label("Is active?").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("User created successfully")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="ada@example.com")
    expect(row.get_by_text("Superuser")).to_be_visible()
    row.get_by_role("button").click()
    page.get_by_role("menuitem", name="Delete User").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The user was deleted successfully")).to_be_visible()
    expect(row).to_be_hidden()


def test_items_page_uses_template_labels(admin: Page) -> None:
    page = admin
    page.goto("/items")
    expect(page.get_by_role("heading", name="Items")).to_be_visible()
    expect(page.get_by_text("Create and manage your items")).to_be_visible()
    expect(page.get_by_text("You don't have any items yet")).to_be_visible()
    expect(page.get_by_text("Add a new item to get started")).to_be_visible()
    page.get_by_role("button", name="Add Item").click()
    page.get_by_label("Title").fill("")
    page.get_by_label("Title").blur()
    expect(page.get_by_text("Title is required")).to_be_visible()
    page.get_by_label("Title").fill("Lamp")
    page.get_by_label("Description").fill("For the desk")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Item created successfully")).to_be_visible()
    expect(page.get_by_text("Lamp")).to_be_visible()
    page.get_by_role("row").filter(has_text="Lamp").get_by_role("button").last.click()
    page.get_by_role("menuitem", name="Edit Item").click()
    page.get_by_label("Title").fill("Chair")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Item updated successfully")).to_be_visible()
    page.get_by_role("row").filter(has_text="Chair").get_by_role("button").last.click()
    page.get_by_role("menuitem", name="Delete Item").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The item was deleted successfully")).to_be_visible()


def test_profile_is_edited_in_place(admin: Page) -> None:
    page = admin
    page.goto("/settings")
    form = page.locator("form")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Email").fill("")
    page.locator("body").click()
    expect(page.get_by_text("Invalid email address")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(form.get_by_text(OWNER_EMAIL, exact=True)).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Full name").fill("Grace Hopper")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("User updated successfully")).to_be_visible()
    expect(form.get_by_text("Grace Hopper", exact=True)).to_be_visible()


def test_click_that_blurs_invalid_field_follows_link(anonymous_page: Page) -> None:
    """The error message below the field must not move the link between mousedown and mouseup."""
    expect(anonymous_page.get_by_test_id("email-input")).to_be_focused()
    anonymous_page.get_by_role("link", name="Forgot password?").click()
    expect(anonymous_page.get_by_role("heading", name="Password Recovery")).to_be_visible()
