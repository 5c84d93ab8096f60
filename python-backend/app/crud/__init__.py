"""What is done with the tables. Keyword-only; knows nothing of HTTP."""

from app.crud.item_transfer import export_items, import_items
from app.crud.items import create_item, delete_item, list_items, update_item

__all__ = ["create_item", "delete_item", "export_items", "import_items", "list_items", "update_item"]
