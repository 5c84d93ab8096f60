"""Unicode text: visibility, the folded form that search compares, canonical spellings of emails and passwords."""
