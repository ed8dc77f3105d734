import AnimoKernelArguments
import CProcessor

/// This build's hot loops.
package func kernelTable() -> KernelTable {
    #if ANIMO_WIDE
        let name = "16 lanes"
    #else
        let name = "8 lanes"
    #endif
    return KernelTable(
        name: name, lanes: lanes, isFused: PROCESSOR_BUILT_WITH_FMA == 1, loadRow: { loadRow($0) },
        rowProduct: { rowProduct($0) }, depthwiseRow: { depthwiseRow($0) },
        bandMoments: { bandMoments($0) },
        winogradInput: { winogradInput($0) }, winogradOutput: { winogradOutput($0) },
        winogradWeights: { winogradWeights($0) }, winogradColumnsInput: { winogradColumnsInput($0) },
        winogradColumnsOutput: { winogradColumnsOutput($0) }, separableRow: { separableRow($0) },
        tileMoments: { tileMoments($0) }, layerRow: { layerRow($0) }, enlargeRow: { enlargeRow($0) },
        displayRow: { displayRow($0) }, skipRow: { skipRow($0) }, sampleRow: { sampleRow($0) })
}
