"""Archives from Kaggle, or from a folder that keeps them."""
