"""Networks, a file each, loaded by name: build(input_shape, n_classes, *, kwargs) -> keras.Model of logits."""
