"""The board that `pixelmill watch` shows: read from the api, drawn."""
