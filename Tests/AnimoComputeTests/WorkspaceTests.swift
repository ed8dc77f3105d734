import Testing

@testable import AnimoCompute

/// A workspace keeps what drawings need, and no more for good than those of late have needed.
struct WorkspaceTests {
    private func draw(_ side: Int, in workspace: Workspace) {
        workspace.reset()
        let first = workspace.tensor(batch: 1, height: side, width: side, channels: 8)
        workspace.release(first)
        _ = workspace.tensor(batch: 1, height: side / 2, width: side, channels: 8)
        _ = workspace.tensor(batch: 1, height: side, width: side, channels: 8)
    }

    @Test func whatManyDrawingsHaveNoUseForIsFreed() {
        let workspace = Workspace()
        draw(16, in: workspace)
        let little = workspace.byteCount
        draw(256, in: workspace)
        let much = workspace.byteCount
        #expect(much > 100 * little)
        for _ in 0..<Workspace.patience { draw(16, in: workspace) }
        #expect(workspace.byteCount == much)
        draw(16, in: workspace)
        #expect(workspace.byteCount == little)
    }

    /// Sizes in turn keep their blocks, however long they go on.
    @Test func whatIsNeededNowAndThenIsKept() {
        let workspace = Workspace()
        draw(16, in: workspace)
        draw(256, in: workspace)
        let much = workspace.byteCount
        var least = much
        for turn in 0..<3 * Workspace.patience {
            draw(turn % 100 == 0 ? 256 : 16, in: workspace)
            least = min(least, workspace.byteCount)
        }
        #expect(workspace.byteCount == much && least == much)
    }
}
