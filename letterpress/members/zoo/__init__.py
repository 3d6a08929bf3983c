"""Networks, a file each, loaded by name: build(input_shape, n_classes, *, options) -> keras.Model of logits."""
