import AnimoCompute
import AnimoModelFile
import AnimoModelTestSupport
import Testing

@testable import AnimoModel

/// Memory that a model keeps from one rendering to the next can be had back.
struct ReleasedMemoryTests {
    @Test func contextsThatNothingIsRenderedWithAreFreed() throws {
        let file = try ModelFile(bytes: try SmallModel.bytes(try SmallModel.arrays()))
        let model = try file.headModel(pool: WorkerPool(threads: 2))
        #expect(model.releaseMemory(unusedFor: .zero, keeping: 0) == 0)
        try model.warmUp()
        // Used a moment ago, or little enough to be kept.
        #expect(model.releaseMemory(unusedFor: .seconds(3600), keeping: 0) == 0)
        #expect(model.releaseMemory(unusedFor: .zero, keeping: .max) == 0)
        #expect(model.releaseMemory(unusedFor: .zero, keeping: 0) > 0)
        #expect(model.releaseMemory(unusedFor: .zero, keeping: 0) == 0)
        try model.warmUp()
        #expect(model.releaseMemory(unusedFor: .zero, keeping: 0) > 0)
    }
}
