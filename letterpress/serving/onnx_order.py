"""Order and name what is in an ONNX graph by its content alone.

tf2onnx numbers names and orders nodes differently in each process. Here the
nodes that an output needs are listed depth first, inputs in their order, and
named by their place in that list.
"""

from collections.abc import Iterator
from itertools import count
from typing import Optional

import onnx


def canonicalize(graph: onnx.GraphProto) -> None:
    """Order nodes and initializers and rename all values but the graph's inputs and outputs, in place.

    Dimensions lose their names.
    """
    kept = {value.name: value.name for value in (*graph.input, *graph.output)}
    _Scope(graph, None, count(), kept).rewrite()


class _Scope:
    """A graph, or a branch of an `If`, whose nodes may use values of the graphs around it.

    numbers: of new names, which all scopes share. names: new names by old ones.
    """

    def __init__(
        self, graph: onnx.GraphProto, outer: Optional["_Scope"], numbers: Iterator[int], names: dict[str, str]
    ) -> None:
        self.graph, self.outer, self.numbers, self.names = graph, outer, numbers, names
        self.constants = {constant.name: constant for constant in graph.initializer}
        self.producers = {value: node for node in graph.node for value in node.output}
        self.visited: set[str] = {value.name for value in graph.input}
        self.nodes: list[onnx.NodeProto] = []
        self.used_constants: list[onnx.TensorProto] = []

    def rewrite(self) -> None:
        """Visit what the outputs need, and leave it in the order of the visits."""
        for value in self.graph.output:
            self.visit(value.name)
            value.name = self.name(value.name)
        for value in (*self.graph.input, *self.graph.output):
            for dimension in value.type.tensor_type.shape.dim:
                dimension.ClearField("dim_param")  # a running number, too
        for items, ordered in ((self.graph.node, self.nodes), (self.graph.initializer, self.used_constants)):
            del items[:]
            items.extend(ordered)
        del self.graph.value_info[:]
        self.graph.name, self.graph.doc_string = f"graph_{next(self.numbers)}", ""

    def visit(self, value: str) -> None:
        """List the node or constant that makes a value, after all that it needs."""
        if value in self.producers or value in self.constants:
            if value not in self.visited:
                self.visited.add(value)
                self._list_constant(value) if value in self.constants else self._list_node(self.producers[value])
        elif self.outer is not None:
            self.outer.visit(value)

    def name(self, value: str) -> str:
        """Return a value's new name; the empty one, of an input that is left out, stays."""
        if value in self.names or self.outer is None:
            return self.names.get(value, value)
        return self.outer.name(value)

    def _list_constant(self, value: str) -> None:
        self.used_constants.append(self.constants[value])
        self.constants[value].name = self._rename(value)

    def _list_node(self, node: onnx.NodeProto) -> None:
        self.visited.update(node.output)
        for value in node.input:
            self.visit(value)
        for attribute in node.attribute:
            if attribute.HasField("g"):
                _Scope(attribute.g, self, self.numbers, {}).rewrite()
        self.nodes.append(node)
        node.input[:] = [self.name(value) for value in node.input]
        node.output[:] = [self._rename(value) for value in node.output]
        node.name, node.doc_string = f"{node.op_type}_{next(self.numbers)}", ""

    def _rename(self, value: str) -> str:
        if value not in self.names:
            self.names[value] = str(next(self.numbers)) if value else ""
        return self.names[value]
