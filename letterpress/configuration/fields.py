"""The types of values in params.yaml, shared by its sections."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, StrictInt, WrapValidator
from pydantic_core import PydanticKnownError

SECTION = ConfigDict(extra="forbid", allow_inf_nan=False)  # of every section's dataclass


def _refuse_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticKnownError("float_type")
    return value


def _keep_int(value: Any, validate: Callable[[Any], float]) -> int | float:
    number = validate(value)
    return value if isinstance(value, int) else number


# A number may be text: DVC writes 1e-3, which YAML 1.1 reads as text. Constraints stand before NoBool, since
# pydantic writes them into the JSON schema only there.
NoBool = BeforeValidator(_refuse_bool)
Number = Annotated[float, NoBool, WrapValidator(_keep_int)]  # whole numbers stay int
NonNegative = Annotated[float, Field(ge=0), NoBool]
Fraction = Annotated[float, Field(ge=0, le=1), NoBool]
Index = Annotated[StrictInt, Field(ge=0)]
Count = Annotated[StrictInt, Field(ge=1)]
Folds = Annotated[StrictInt, Field(ge=2)]
Seed = Annotated[StrictInt, Field(ge=0, le=2**32 - 1)]  # what NumPy takes
MemberKey = Annotated[str, Field(pattern=r"^[\w-]+$")]  # it names files and DVC stages
