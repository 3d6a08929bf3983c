"""The machine's rate of large matrix products: python -m benchmarks.workers.matrix_product DTYPE."""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

from benchmarks.workers.serving import serve

SIDE, TIMES = 2048, 4


def main(dtype: str) -> None:
    """Serve operations, two for each multiplication and addition."""
    a, b = (tf.cast(tf.random.stateless_normal((SIDE, SIDE), (seed, 0)), dtype) for seed in (0, 1))

    @tf.function(jit_compile=False)
    def product():
        """Multiply each product again, so that none can be optimized away."""
        x = a
        for _ in range(TIMES):
            x = tf.matmul(x, b)
        return x[0, 0]

    def work() -> int:
        product().numpy()
        return 2 * SIDE**3 * TIMES

    serve(work)


if __name__ == "__main__":
    main(*sys.argv[1:])
