"""What a training calls at the end of each epoch and of each head's fit."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """What varies from run to run: how long an epoch's training steps took."""

    n_images: int
    seconds: float

    @property
    def images_per_second(self) -> float:
        """Return the speed of the training steps."""
        return self.n_images / self.seconds


class Callback:
    """Does nothing; subclasses override what they need."""

    def on_epoch_end(self, history: list[dict], pace: Pace) -> None:
        """Receive the metrics of all finished epochs, a dict each as in TrainState.history."""

    def on_head_end(self, group: str, best_params: dict[str, float], accuracy: float) -> None:
        """Receive a group's best C and gamma and their cross-validated accuracy; the group of all classes is ''."""
