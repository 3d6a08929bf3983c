"""New images judged by a recipe's trained ensemble."""
