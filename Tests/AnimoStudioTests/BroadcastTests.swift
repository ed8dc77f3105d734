import Testing

@testable import AnimoStudio

@Suite(.timeLimit(.minutes(1))) struct BroadcastTests {
    private let broadcast = Broadcast()

    @Test func theFirstPageThatShowsAPictureIsOnAir() {
        broadcast.publish([1], of: 1)
        broadcast.publish([2], of: 2)
        #expect(broadcast.last == [1])
    }

    @Test func aPageThatAsksForTheAirHasItUntilAnotherAsks() {
        broadcast.publish([1], of: 1)
        broadcast.take(2)
        broadcast.publish([3], of: 1)
        #expect(broadcast.last == [1])
        broadcast.publish([2], of: 2)
        #expect(broadcast.last == [2])
    }

    @Test func aPageThatLeavesMakesRoomForTheNext() {
        broadcast.publish([1], of: 1)
        broadcast.leave(2)
        broadcast.publish([2], of: 2)
        #expect(broadcast.last == [1], "one that is not on air takes it from nobody")
        broadcast.leave(1)
        broadcast.publish([2], of: 2)
        #expect(broadcast.last == [2])
    }

    @Test func aViewerThatComesLateSeesTheLastPictureAndThenNewerOnes() async {
        broadcast.publish([1], of: 1)
        var changes = broadcast.changes().makeAsyncIterator()
        #expect(await changes.next() != nil)
        #expect(broadcast.last == [1])
        broadcast.publish([2], of: 1)
        broadcast.publish([3], of: 1)
        #expect(await changes.next() != nil)
        #expect(broadcast.last == [3], "the newest of them")
    }

    @Test func aStageNobodyLooksAtEndsWithItsPage() {
        broadcast.publish([1], of: 1)
        #expect(broadcast.closed(1) == nil)
    }

    @Test func aStageThatIsWatchedOutlivesItsPageUntilTheLastViewerLeaves() async throws {
        broadcast.publish([1], of: 1)
        var viewers = [broadcast.changes(), broadcast.changes()]
        #expect(broadcast.viewerCount == 2)
        #expect(broadcast.closed(2) == nil, "a page that is not on air is not watched")
        let watched = try #require(broadcast.closed(1))
        broadcast.publish([2], of: 1)
        #expect(broadcast.last == [2], "it goes on")
        viewers.removeLast()
        #expect(broadcast.viewerCount == 1)
        viewers.removeLast()
        #expect(broadcast.viewerCount == 0)
        for await _ in watched {}
    }

    @Test func aPageThatComesTakesTheAirFromAStageWithoutOne() async throws {
        broadcast.publish([1], of: 1)
        let viewer = broadcast.changes()
        broadcast.enter(2)
        broadcast.publish([2], of: 2)
        #expect(broadcast.last == [1], "while its page is open a stage keeps the air")
        let watched = try #require(broadcast.closed(1))
        broadcast.enter(2)
        for await _ in watched {}
        broadcast.publish([1, 1], of: 1)
        broadcast.publish([2], of: 2)
        #expect(broadcast.last == [2])
        withExtendedLifetime(viewer) {}
    }
}
