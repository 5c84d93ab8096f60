"""Password hashing, and throttling of failed attempts."""
