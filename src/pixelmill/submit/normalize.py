"""One form of every URL: what is checked is what is dialled."""


def normalize_url(url: str) -> str:
    """Put a source URL into its one normal form.

    Raises:
        ValueError: It cannot be fetched; the message is public.
    """
    raise NotImplementedError
