"""The client's keyword arguments are the service's parameters."""

from pixelmill.client import Parameters
from pixelmill.domain.transformation import Transformation


def test_every_parameter_can_be_given() -> None:
    """No more, no less than the model has."""
    assert set(Parameters.__annotations__) == set(Transformation.model_fields)
