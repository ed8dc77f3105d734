import AnimoClient
import AnimoWire

/// An app that depends on `AnimoClient`: the example of its documentation, compiled and run.
enum ClientExample {
    /// Streams poses at a head and hands every picture on, whatever happens to connections and daemons meanwhile.
    static func turnHead(
        _ png: [UInt8], at address: Address, through angles: [Double], show: (Wire.Picture) -> Void
    ) async throws {
        let client = try await AnimoClient.connect(to: address)
        // Kept here too: it is put again when the daemon has evicted it.
        let head = try await client.hold(
            Wire.PutSourceRequest(
                source: Wire.SourcePicture(picture: Wire.Picture(format: .png, data: png), domain: .anime)))
        let session = try await client.lasting(head, Wire.AnimateOpen(policy: .queue))
        let sender = Task {
            for angle in angles {
                // Waits while the window is full.
                let pose = Wire.Pose(channels: [.init(name: "yaw", value: angle)])
                try await session.send(
                    Wire.AnimateFrame(timeoutNano: 60_000_000_000, driver: Wire.Driver(kind: .pose(pose))))
            }
            try await session.finish()
        }
        for try await result in session.results where result.outcome == .ok {
            if let picture = result.picture { show(picture) }
        }
        try await sender.value
        await client.close()
    }
}
