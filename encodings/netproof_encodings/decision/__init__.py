"""The one form that every policy kind is lowered to, and what it decides, over any algebra."""
