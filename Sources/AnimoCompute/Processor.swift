import AnimoKernelArguments
import AnimoKernels8
import CProcessor

#if arch(x86_64)
    import AnimoKernels16
#endif

/// Features of this machine's processor, and the kernels that go with them.
///
/// This module is built for the plainest processor of its kind, so that asking is always safe; only the kernel
/// modules are not, and nothing calls them before ``check()`` has passed.
package enum Processor {
    /// Reasons why the kernels cannot run.
    package enum Refusal: Error, CustomStringConvertible {
        /// The processor lacks an instruction set that they are built for.
        case tooOld
        /// They were built without the instruction set, so that each multiply-add would be a call.
        case slowBuild

        /// Message for a person: what was expected and what came.
        package var description: String {
            switch self {
            case .tooOld:
                "this processor lacks AVX2 or FMA: expected x86-64 of level x86-64-v3 (2013 or later) or arm64"
            case .slowBuild:
                "this build's kernels lack the multiply-add instruction: expected them built with -march=x86-64-v3"
            }
        }
    }

    /// Throws in words where the kernels could not run.
    package static func check() throws(Refusal) {
        if processor_level() == PROCESSOR_TOO_OLD { throw .tooOld }
        if !tables.allSatisfy(\.isFused) { throw .slowBuild }
    }

    /// Vector widths whose kernels can run here, in floats, narrowest first.
    package static var widths: [Int] { tables.map(\.lanes) }

    /// The kernels that can run here, narrowest first.
    static let tables: [KernelTable] = {
        #if arch(x86_64)
            if processor_level() == PROCESSOR_16_LANES {
                return [AnimoKernels8.kernelTable(), AnimoKernels16.kernelTable()]
            }
        #endif
        return [AnimoKernels8.kernelTable()]
    }()
}

/// The kernels to use for each number of channels.
///
/// Sixteen lanes where the channels fill them, else eight: channels are always a multiple of eight.
struct KernelChoice: Sendable {
    let narrow: KernelTable
    let wide: KernelTable?

    static let best = KernelChoice(upTo: 16)

    /// - Parameter width: the widest vectors to use, so that tests can hold one build against the other.
    init(upTo width: Int) {
        let tables = Processor.tables.filter { $0.lanes <= max(width, 8) }
        narrow = tables[0]
        wide = tables.count > 1 ? tables[1] : nil
    }

    @inline(__always)
    func table(for channels: Int) -> KernelTable {
        if let wide, channels % wide.lanes == 0 { return wide }
        return narrow
    }
}
