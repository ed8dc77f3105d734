import AnimoMotion
import AnimoDemo
import Testing

@Suite struct DemoSamplesTests {
    private let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    @Test(arguments: Domain.allCases)
    func hasSixNeutralHeads(domain: Domain) throws {
        let heads = try DemoSamples.sources(domain)
        #expect(heads.count == 6)
        for head in heads {
            #expect(head.png.starts(with: pngSignature), "\(head.name)")
        }
    }

    @Test(arguments: Domain.allCases)
    func hasFourDrivingHeadsWithTheirPoses(domain: Domain) throws {
        let heads = try DemoSamples.driving(domain)
        #expect(heads.count == 4)
        for head in heads {
            #expect(head.png.starts(with: pngSignature), "\(head.name)")
            #expect(head.pose.count == 20)
            #expect(head.pose.prefix(17).allSatisfy { (0...1).contains($0) })
            #expect(head.translation.count == 3)
        }
    }

    @Test(arguments: Domain.allCases)
    func hasALargeHeadWithAlpha(domain: Domain) throws {
        let png = try DemoSamples.large(domain).png
        #expect(png.starts(with: pngSignature))
        // Width and height, 8 bits, RGBA.
        #expect(png[16..<26] == [0, 0, 4, 0, 0, 0, 4, 0, 8, 6])
    }

    @Test func keepsAnimeHeadsCentred() throws {
        #expect(try DemoSamples.driving(.anime).allSatisfy { $0.translation == [0, 0, 0] })
    }

    @Test func hasASequenceOfSixtyPoses() throws {
        let motion = try DemoSamples.motion()
        #expect(motion.poses.count == 60)
        #expect(motion.poses.allSatisfy { $0.count == 20 })
        #expect(motion.channels.count == 20)
        #expect(motion.framesPerSecond == 15)
    }

    @Test func refusesASampleThatIsNotThere() {
        #expect(throws: DemoSamples.MissingSample.self) { try DemoSamples.file("anime-7.png") }
    }
}
