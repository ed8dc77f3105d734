import AnimoKernelTypes
import CProcessor

/// This build's hot loops.
public func kernelTable() -> KernelTable {
    #if ANIMO_WIDE
        let name = "16 lanes"
    #else
        let name = "8 lanes"
    #endif
    return KernelTable(
        name: name, lanes: lanes, isFused: PROCESSOR_BUILT_WITH_FMA == 1, loadRow: { loadRow($0) },
        rowProduct: { rowProduct($0) }, depthwiseRow: { depthwiseRow($0) },
        bandMoments: { bandMoments($0) },
        tileInput: { tileInput($0) }, tileOutput: { tileOutput($0) },
        tileWeights: { tileWeights($0) }, columnPoints: { columnPoints($0) }, headSums: { headSums($0) })
}
