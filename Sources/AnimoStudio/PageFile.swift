import AnimoDemo
import CStudioPage

/// A file of the page, out of the binary.
struct PageFile: Sendable {
    /// Value of the header `Content-Type`.
    let contentType: String
    /// Content, unencoded.
    let bytes: [UInt8]

    /// - Parameter path: of the request; `/` is the page itself.
    init?(path: String) {
        let name =
            switch path {
            case "/": "index.html"
            case "/overlay": "overlay.html"
            default: String(path.dropFirst())
            }
        guard let type = Self.types[String(name.split(separator: ".").last ?? "")] else { return nil }
        for index in 0..<studio_page_file_count {
            let file = studio_page_files(index).pointee
            guard String(cString: file.name) == name else { continue }
            contentType = type
            bytes = Array(UnsafeBufferPointer(start: file.start, count: file.end - file.start))
            return
        }
        // The heads to try the built-in model on.
        guard name.hasPrefix("samples/"), let sample = try? DemoSamples.file(String(name.dropFirst(8))) else {
            return nil
        }
        contentType = type
        bytes = sample
    }

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml", "png": "image/png", "json": "application/json",
    ]
}
