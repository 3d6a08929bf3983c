"""The drawing of a recipe's stages fits a terminal."""

from letterpress.commands.dag import draw_dag
from tests.clones import run


def test_a_graph_is_drawn_once_a_stage_without_implied_arrows(tmp_path):
    run(tmp_path, "git", "init", "-q")
    run(tmp_path, "dvc", "init", "-q")
    (tmp_path / "dvc.yaml").write_text(
        "stages:\n"
        "  first: {cmd: touch a, outs: [a]}\n"
        "  second:\n    foreach: [x, y]\n    do: {cmd: 'touch ${item}', deps: [a], outs: ['${item}']}\n"
        "  third: {cmd: touch z, deps: [a, x, y], outs: [z]}\n"
    )
    drawing = draw_dag(tmp_path)
    positions = [drawing.index(name) for name in ("first", "second", "third")]
    assert positions == sorted(positions)
    assert drawing.count("second") == 1
    assert max(map(len, drawing.splitlines())) < 20  # no arrow goes past `second`
