"""A task that has not failed and cannot go on."""


class Postponed(Exception):
    """Whatever the task needs is taken by others: it goes back to the queue, and no attempt of it is used up.

    Args:
        seconds: When it makes sense to go on.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"postponed for {seconds:.1f} s")
        self.seconds = seconds
