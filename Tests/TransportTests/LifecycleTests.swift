import GatewayTesting
import Synchronization
import Testing
import Transport

/// Cancellation, stop, limits on waiting, and that every request ends exactly once.
@Suite struct LifecycleTests {
    /// Collects outcomes of the callback form and tells when enough have come.
    private final class Outcomes: Sendable {
        typealias Outcome = Result<HTTPResponse, TransportFailure>
        private let state = Mutex<(list: [Outcome], waiters: [(Int, CheckedContinuation<[Outcome], Never>)])>(([], []))

        func add(_ outcome: Outcome) {
            state.withLock { state in
                state.list.append(outcome)
                let list = state.list
                for (count, continuation) in state.waiters where list.count >= count { continuation.resume(returning: list) }
                state.waiters.removeAll { list.count >= $0.0 }
            }
        }

        var list: [Outcome] { state.withLock { $0.list } }

        func wait(for count: Int) async -> [Outcome] {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    if state.list.count >= count {
                        continuation.resume(returning: state.list)
                    } else {
                        state.waiters.append((count, continuation))
                    }
                }
            }
        }
    }

    private func failure(_ outcome: Result<HTTPResponse, TransportFailure>) -> TransportFailure? {
        if case .failure(let failure) = outcome { failure } else { nil }
    }

    /// Reads requests and answers none until the client closes.
    private func silentServer() throws -> ScriptedServer {
        try ScriptedServer { peer, _ in
            while peer.readRequest() {}
        }
    }

    @Test func cancellingTheTaskInFlightClosesTheConnection() async throws {
        let server = try silentServer()
        try await withTransport { transport in
            let url = server.url
            let task = Task { try await transport.failure(of: .post(.loopback(), url)) }
            await server.requestCount(reaches: 1)
            task.cancel()
            let failure = try await task.value
            #expect(failure.kind == .cancelled)
            #expect(failure.stage == .maybeSent)
            await server.endedCount(reaches: 1)
        }
    }

    @Test func cancelledBeforeTheStartSendsNothing() async throws {
        let server = try silentServer()
        try await withTransport { transport in
            let url = server.url
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await transport.failure(of: .post(.loopback(), url))
            }
            let failure = try await task.value
            #expect(failure.kind == .cancelled)
            #expect(failure.stage == .certainlyNotSent)
        }
        #expect(server.connectionCount == 0)
    }

    @Test func aWaitingRequestCanBeCancelledAndOneMoreThanTheLimitIsRefused() async throws {
        let gate = try Gate()
        let server = try ScriptedServer { peer, _ in
            while peer.readRequest() {
                gate.wait()
                peer.answer()
            }
        }
        try await withTransport { transport in
            let limits = HTTPEndpoint.Limits.with {
                $0.concurrentRequestsMax = 1
                $0.waitingRequestsMax = 2
            }
            let request = HTTPRequest.post(.loopback(limits: limits), server.url)
            let (running, waiting, refused) = (Outcomes(), Outcomes(), Outcomes())
            transport.submit(request) { running.add($0) }
            let second = transport.submit(request) { waiting.add($0) }
            transport.submit(request) { running.add($0) }
            transport.submit(request) { refused.add($0) }
            let full = failure(await refused.wait(for: 1)[0])
            #expect(full?.kind == .queueFull)
            #expect(full?.stage == .certainlyNotSent)
            await server.requestCount(reaches: 1)
            transport.cancel(second)
            let cancelled = failure(await waiting.wait(for: 1)[0])
            #expect(cancelled?.kind == .cancelled)
            #expect(cancelled?.stage == .certainlyNotSent)
            gate.open()
            let statuses = try await running.wait(for: 2).map { try $0.get().status }
            #expect(statuses == [200, 200])
        }
        #expect(server.requests.count == 2)
    }

    @Test func aFullEndpointDoesNotHoldUpAnother() async throws {
        let silent = try silentServer()
        let quick = try ScriptedServer { peer, _ in
            while peer.readRequest() { peer.answer() }
        }
        try await withTransport { transport in
            let outcomes = Outcomes()
            let stuck = HTTPRequest.post(.loopback(limits: .with { $0.concurrentRequestsMax = 2 }), silent.url)
            for _ in 0..<50 { transport.submit(stuck) { outcomes.add($0) } }
            try await transport.expect(200, .post(.loopback(), quick.url))
            #expect(outcomes.list.isEmpty)
        }
    }

    @Test func cancellingAnEndedOrUnknownRequestDoesNothing() async throws {
        let server = try ScriptedServer { peer, _ in
            while peer.readRequest() { peer.answer() }
        }
        try await withTransport { transport in
            let outcomes = Outcomes()
            let id = transport.submit(.post(.loopback(), server.url)) { outcomes.add($0) }
            _ = await outcomes.wait(for: 1)
            for _ in 0..<10 { transport.cancel(id) }
            try await transport.expect(200, .post(.loopback(), server.url))
            #expect(outcomes.list.count == 1)
        }
    }

    @Test func aCompletionMaySubmitTheNextRequest() async throws {
        let server = try ScriptedServer { peer, _ in
            while peer.readRequest() { peer.answer() }
        }
        try await withTransport { transport in
            let outcomes = Outcomes()
            let request = HTTPRequest.post(.loopback(), server.url)
            @Sendable func next(_ left: Int) {
                transport.submit(request) { outcome in
                    outcomes.add(outcome)
                    if left > 1 { next(left - 1) }
                }
            }
            next(100)
            let list = await outcomes.wait(for: 100)
            #expect(list.allSatisfy { (try? $0.get().status) == 200 })
        }
        #expect(server.connectionCount == 1)
    }

    @Test func stopLetsRunningRequestsFinishAndRefusesLaterOnes() async throws {
        let gate = try Gate()
        let server = try ScriptedServer { peer, _ in
            while peer.readRequest() {
                gate.wait()
                peer.answer()
            }
        }
        let transport = try HTTPTransport()
        let accepted = Outcomes()
        transport.submit(.post(.loopback(), server.url)) { accepted.add($0) }
        await server.requestCount(reaches: 1)
        let stop = Task { await transport.stop(gracePeriod: .seconds(60)) }
        // The stop has begun when a submission is refused at once.
        let nowhere = HTTPRequest.post(.loopback(), "http://127.0.0.1:\(try FreePort.whereNobodyListens())/")
        let later = Outcomes()
        var submissions = 0
        while !later.list.contains(where: { failure($0)?.kind == .stopping }) {
            submissions += 1
            transport.submit(nowhere) { later.add($0) }
            // One after the other: a flood would keep the one thread from the request that is to finish.
            _ = await later.wait(for: submissions)
            await Task.yield()
        }
        gate.open()
        await stop.value
        let statuses = try accepted.list.map { try $0.get().status }
        #expect(statuses == [200])
        #expect(later.list.allSatisfy { failure($0)?.stage == .certainlyNotSent })
        let afterwards = try await transport.failure(of: .post(.loopback(), server.url))
        #expect(afterwards.kind == .stopping)
        #expect(afterwards.stage == .certainlyNotSent)
        await transport.stop(gracePeriod: .zero)
    }

    @Test func stopAtItsBoundFailsTheRestOnceEach() async throws {
        let server = try silentServer()
        let transport = try HTTPTransport()
        let outcomes = Outcomes()
        let endpoint = HTTPEndpoint.loopback(limits: .with { $0.concurrentRequestsMax = 3 })
        for _ in 0..<10 { transport.submit(.post(endpoint, server.url)) { outcomes.add($0) } }
        await server.requestCount(reaches: 3)
        await transport.stop(gracePeriod: .milliseconds(50))
        let failures = outcomes.list.compactMap(failure)
        #expect(failures.count == 10)
        #expect(failures.allSatisfy { $0.kind == .stopping })
        #expect(failures.count { $0.stage == .maybeSent } == 3)
        #expect(failures.count { $0.stage == .certainlyNotSent } == 7)
    }

    @Test func aTransportDroppedWithoutStopFailsWhatRuns() async throws {
        let server = try silentServer()
        let outcomes = Outcomes()
        do {
            let transport = try HTTPTransport()
            transport.submit(.post(.loopback(), server.url)) { outcomes.add($0) }
            await server.requestCount(reaches: 1)
        }
        #expect(failure(await outcomes.wait(for: 1)[0])?.kind == .stopping)
        await server.endedCount(reaches: 1)
    }

    @Test func everyRequestEndsOnceUnderRandomCancellation() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed of random cancellation: \(seed)")
        var random = SplitMix(state: seed)
        let server = try ScriptedServer { peer, _ in
            while peer.readRequest() { peer.answer() }
        }
        try await withTransport { transport in
            let outcomes = Outcomes()
            let endpoint = HTTPEndpoint.loopback()
            var ids = [SubmissionID]()
            for _ in 0..<300 {
                ids.append(transport.submit(.post(endpoint, server.url)) { outcomes.add($0) })
                if Bool.random(using: &random), let id = ids.randomElement(using: &random) { transport.cancel(id) }
            }
            let list = await outcomes.wait(for: 300)
            #expect(list.allSatisfy { failure($0).map { $0.kind == .cancelled } ?? true })
            // A completion that ran twice would be in the list by the end of one more exchange.
            try await transport.expect(200, .post(endpoint, server.url))
            #expect(outcomes.list.count == 300)
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
