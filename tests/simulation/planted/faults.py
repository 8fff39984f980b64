"""All planted faults: each replaces one part of the engine while a world runs, and mends it afterwards."""

from tests.simulation.planted import attention, outside, pressing, sending, storing
from tests.simulation.planted.register import FAULTS

__all__ = ["FAULTS", "attention", "outside", "pressing", "sending", "storing"]
