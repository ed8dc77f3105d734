import CAnimoDemo

/// The only file that touches the embedded files' pointers.
extension animo_demo_file {
    /// The file's contents, in place.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: end - start) }

    /// The sample called `name`, or nil where there is none.
    static func sample(named name: String) -> animo_demo_file? {
        samples.first { $0.fileName == name }
    }

    /// Every sample, in the order they are embedded.
    static var samples: [animo_demo_file] { (0..<animo_demo_sample_count).map { animo_demo_sample($0).pointee } }

    /// For instance `anime-1.png`.
    var fileName: String { String(cString: name) }
}
