import NIOHTTP1
import Testing

@testable import AnimoStudio

@Suite struct StudioAccessTests {
    private let access = StudioAccess(token: "a1", overlayToken: "b2", host: "127.0.0.1", port: 7480)

    private func verdict(
        _ uri: String, isSocket: Bool = false, _ headers: (String, String)...
    ) -> StudioAccess.Verdict {
        let target = RequestTarget(uri)
        return access.verdict(
            path: target.path, query: target.query, headers: HTTPHeaders([("Host", "127.0.0.1:7480")] + headers),
            isSocket: isSocket)
    }

    private func isRefused(_ verdict: StudioAccess.Verdict) -> Bool {
        if case .refused = verdict { true } else { false }
    }

    @Test func theAddressAndThenACookieOpenThePage() {
        #expect(verdict("/?token=a1") == .grantedByAddress)
        #expect(verdict("/main.js", ("Cookie", "x=1; animo_studio=a1")) == .granted)
        #expect(isRefused(verdict("/")))
        #expect(isRefused(verdict("/?token=")))
        #expect(isRefused(verdict("/?token=a2")))
        #expect(isRefused(verdict("/main.js", ("Cookie", "animo_studio=a1x"))))
    }

    @Test func anotherHostIsRefusedWhateverItShows() {
        for host in ["evil.example:7480", "127.0.0.1", "127.0.0.1:80", ""] {
            let verdict = access.verdict(
                path: "/", query: ["token": "a1"], headers: HTTPHeaders([("Host", host)]), isSocket: false)
            #expect(isRefused(verdict), "\(host)")
        }
        let local = access.verdict(
            path: "/", query: ["token": "a1"], headers: HTTPHeaders([("Host", "LOCALHOST:7480")]), isSocket: false)
        #expect(local == .grantedByAddress)
    }

    @Test func aSocketComesFromThePageItself() {
        let cookie = ("Cookie", "animo_studio=a1")
        #expect(verdict("/socket", isSocket: true, cookie, ("Origin", "http://127.0.0.1:7480")) == .granted)
        #expect(isRefused(verdict("/socket", isSocket: true, cookie)))
        #expect(isRefused(verdict("/socket", isSocket: true, cookie, ("Origin", "http://evil.example"))))
        #expect(isRefused(verdict("/socket", isSocket: true, ("Origin", "http://127.0.0.1:7480"))))
    }

    @Test func theOverlaysTokenOpensTheOverlayAlone() {
        #expect(verdict("/overlay?token=b2") == .granted)
        #expect(verdict("/overlay-socket?token=b2", isSocket: true, ("Origin", "http://127.0.0.1:7480")) == .granted)
        #expect(verdict("/overlay.js") == .granted)
        #expect(isRefused(verdict("/?token=b2")))
        #expect(isRefused(verdict("/socket?token=b2", isSocket: true, ("Origin", "http://127.0.0.1:7480"))))
    }
}
