import AnimoMotion
import CAnimoDemo
import Foundation

/// Heads to try the built-in model on. Training never drew them.
package enum DemoSamples {
    /// A neutral head, to be set in motion.
    package struct Source: Sendable {
        /// For instance `anime-1`.
        package let name: String
        /// The picture, 256×256 RGB but for the large ones.
        package let png: [UInt8]
    }

    /// A head in a known pose.
    package struct Driving: Sendable {
        /// For instance `anime-driving-1`.
        package let name: String
        /// The picture, 256×256 RGB.
        package let png: [UInt8]
        /// The 20 numbers that it was drawn from: 17 intensities in 0…1, then pitch, roll and yaw in degrees.
        package let pose: [Float]
        /// Place of the head: x, y and scale, as in the last three numbers of a motion.
        package let translation: [Float]
    }

    /// A short natural motion that ends where it begins: a nod, a turn to each side, blinks, some speech.
    package struct Motion: Sendable, Decodable {
        /// The names of the 20 numbers of a pose.
        package let channels: [String]
        /// Rate of the poses.
        package let framesPerSecond: Double
        /// 60 poses of 20 numbers.
        package let poses: [[Float]]

        private enum CodingKeys: String, CodingKey {
            case channels
            case framesPerSecond = "frames_per_second"
            case poses
        }
    }

    /// A sample that the binary does not hold, which is an error of the build.
    package struct MissingSample: Error, CustomStringConvertible {
        /// Name of the missing file.
        package let name: String
        /// Text for a person.
        package var description: String { "the built-in sample '\(name)' is missing" }
    }

    /// The six neutral heads of `domain`.
    package static func sources(_ domain: Domain) throws -> [Source] {
        try (1...6).map { number in
            let name = "\(domain.rawValue)-\(number)"
            return Source(name: name, png: try file(name + ".png"))
        }
    }

    /// A neutral head of `domain` at 1024×1024, RGBA, clear around it.
    package static func large(_ domain: Domain) throws -> Source {
        let name = "\(domain.rawValue)-large"
        return Source(name: name, png: try file(name + ".png"))
    }

    /// The four driving heads of `domain`.
    package static func driving(_ domain: Domain) throws -> [Driving] {
        struct List: Decodable {
            struct Frame: Decodable {
                let file: String
                let pose: [Float]
                let translation: [Float]
            }
            let frames: [Frame]
        }
        let list = try JSONDecoder().decode(List.self, from: Data(try file("\(domain.rawValue)-driving.json")))
        return try list.frames.map { frame in
            let name = frame.file.replacingOccurrences(of: ".png", with: "")
            return Driving(name: name, png: try file(frame.file), pose: frame.pose, translation: frame.translation)
        }
    }

    /// The sequence of poses.
    package static func motion() throws -> Motion {
        try JSONDecoder().decode(Motion.self, from: Data(try file("sequence.json")))
    }

    /// Every file's name, in the order they are embedded.
    package static var names: [String] { animo_demo_file.samples.map(\.fileName) }

    /// The sample file called `name`, for instance `anime-1.png` or `sequence.json`.
    package static func file(_ name: String) throws -> [UInt8] {
        guard let found = animo_demo_file.sample(named: name) else { throw MissingSample(name: name) }
        return Array(found.bytes)
    }
}
