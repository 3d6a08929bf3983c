"""Images for the report, inside its text."""

import base64
import io

import numpy as np
from PIL import Image


def data_url(image: np.ndarray) -> str:
    """A grey image, uint8 (height, width), as the address of a PNG that is its own content."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
