import AnimoMotion
import AnimoWire
import ArgumentParser

/// `anime` or `vox`.
extension Domain: ExpressibleByArgument {
    /// As messages have it.
    package var wire: Wire.Domain {
        switch self {
        case .anime: .anime
        case .vox: .vox
        }
    }
}
