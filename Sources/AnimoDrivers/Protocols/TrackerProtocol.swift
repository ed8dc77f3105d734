import AnimoMotion

/// The protocols of trackers that people own.
package enum TrackerProtocol: String, Sendable, CaseIterable {
    /// OpenSeeFace's binary datagrams, by webcam.
    case openseeface
    /// iFacialMocap's text, from an iPhone.
    case ifacialmocap
    /// Facemotion3D's text, that of iFacialMocap, from an iPhone.
    case facemotion3d
    /// Virtual Motion Capture's OSC messages, from many programs.
    case vmc
    /// Live Link Face's binary datagrams, from an iPhone.
    case livelinkface
    /// JSON of ARKit's names.
    case arkit

    /// The port that senders use unless told otherwise; nil where there is no custom.
    package var port: Int? {
        switch self {
        case .openseeface: 11573
        case .ifacialmocap, .facemotion3d: 49983
        case .vmc: 39539
        case .livelinkface: 11111
        case .arkit: nil
        }
    }
}

/// Reads one sender's datagrams, and keeps what the protocol tells only once.
package struct TrackerReader: Sendable {
    private let tracker: TrackerProtocol
    private let face: Int32?
    private var state = VMCState()
    private var last: TrackerFrame?

    /// - Parameter face: which of OpenSeeFace's faces to follow; nil for the lowest.
    package init(_ tracker: TrackerProtocol, face: Int32? = nil) {
        self.tracker = tracker
        self.face = face
    }

    /// Takes a datagram.
    ///
    /// - Returns: the newest frame that it completes, nil where it completes none.
    package mutating func take(_ datagram: ArraySlice<UInt8>) throws(DatagramError) -> TrackerFrame? {
        var frame: TrackerFrame?
        switch tracker {
        case .openseeface: frame = try OpenSeeFaceDatagram.frame(datagram, face: face)
        case .ifacialmocap, .facemotion3d: frame = try IFacialMocapDatagram.frame(datagram)
        case .livelinkface: frame = try LiveLinkFaceDatagram.frame(datagram)
        case .arkit: frame = try ARKitLine.frame(datagram)
        case .vmc: frame = try state.take(datagram).last
        }
        frame?.fill(from: last)
        if frame != nil { last = frame }
        return frame
    }

    /// The built-in table for the names that came.
    package var table: MappingTable.BuiltIn {
        switch tracker {
        case .openseeface: .openseeface
        case .vmc: state.sendsARKitNames ? .arkit : .vrm
        case .ifacialmocap, .facemotion3d, .livelinkface, .arkit: .arkit
        }
    }
}
