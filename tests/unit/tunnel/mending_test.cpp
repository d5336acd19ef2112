// A frame that arrives damaged is repaired, but only when its sender has confirmed the result; and however
// late that is, its bytes are put where they belong.
#include <gtest/gtest.h>

#include <algorithm>

#include "fake_peer.h"
#include "link/sender.h"
#include "tunnel/candidates.h"

namespace serialtcp::test {
namespace {

using namespace std::chrono_literals;
namespace chunk = wire::chunk;

constexpr wire::WireStream kPeers{0, wire::OpenedBy::sender};
constexpr std::size_t kInData = 60;  // of a frame of the peer's: in the bytes of its first chunk

class Mending : public testing::Test {
 protected:
  Mending() {
    EXPECT_TRUE(peer_.connect());
    peer_.listen();
    peer_.acknowledge();
    peer_.say(chunk_bytes(chunk::Open{0, 1, ServiceId{}}));
    while (const auto event = endpoint_.poll()) {
      if (const auto* const opened = std::get_if<event::Opened>(&*event)) stream_ = opened->stream;
    }
    peer_.run_for(5ms);
    peer_.forget_heard();
  }

  static Bytes pattern(std::size_t size, std::size_t from = 0) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<Byte>((from + i) * 7 / 3);
    return bytes;
  }
  /// Bytes that the peer has sent on its stream.
  static Bytes data(std::size_t from, std::size_t size) {
    return data_bytes(kPeers, wire::WireOffset{static_cast<std::uint32_t>(from), 15}, pattern(size, from));
  }
  void say_damaged(const Bytes& chunks) {
    peer_.damage_next(kInData, 0x10);
    peer_.say(chunks);
  }
  chunk::Confirmed confirmation() const { return {static_cast<std::uint16_t>(peer_.last_number())}; }
  Bytes read(StreamId id) {
    Bytes bytes(64 * 1024);
    bytes.resize(endpoint_.read(id, bytes, peer_.now()).value().count);
    return bytes;
  }
  /// The only frame received that has such a chunk.
  template <class Kind>
  const HeardFrame* frame_with() const {
    const auto it = std::ranges::find_if(peer_.heard(), [](const HeardFrame& frame) {
      return std::ranges::any_of(frame.chunks, [](const auto& c) { return std::holds_alternative<Kind>(c); });
    });
    return it == peer_.heard().end() ? nullptr : &*it;
  }

  // ---- The endpoint as the sender of the damaged frame ----

  /// A stream of the endpoint's, and its first data after its OPEN is acknowledged. The peer has received
  /// everything, and has not acknowledged the last frame.
  StreamId send_frame(std::size_t size) {
    const StreamId id = endpoint_.open(ServiceId{}, peer_.now()).value();
    peer_.run_for(5ms);
    peer_.acknowledge();
    peer_.run_for(5ms);
    peer_.forget_heard();
    EXPECT_EQ(endpoint_.write(id, pattern(size), peer_.now()), size);
    peer_.run_for(5ms);
    EXPECT_EQ(peer_.heard().size(), 1U);
    sent_ = peer_.heard().front().number;
    fingerprint_ = peer_.heard().front().fingerprint;
    peer_.forget_heard();
    return id;
  }
  /// As if the last frame had arrived damaged.
  wire::Ack ack_of_damage() const {
    wire::Ack ack = peer_.ack_all();
    ack.largest = static_cast<std::uint32_t>((sent_ - 1) & 0xFFFFU);
    ack.arrival.reset();
    ack.damaged = true;
    return ack;
  }
  Bytes candidate(std::uint64_t fingerprint) const {
    return chunk_bytes(chunk::Candidate{static_cast<std::uint16_t>(sent_), fingerprint});
  }
  std::size_t data_heard() const {
    std::size_t heard = 0;
    for (const chunk::Data& data : peer_.chunks<chunk::Data>()) heard += data.bytes.size();
    return heard;
  }

  Endpoint endpoint_{EndpointConfig{.role = Role::server, .nominal_rate = 100'000}, Entropy{1}};
  FakePeer peer_{endpoint_};
  StreamId stream_;
  std::uint64_t sent_ = 0;
  std::uint64_t fingerprint_ = 0;
};

TEST_F(Mending, TellsTheSenderWhatADamagedFrameMayHaveBeenInTheFrameThatReportsIt) {
  say_damaged(data(0, 200));
  peer_.run_for(2ms);
  const HeardFrame* const frame = frame_with<chunk::Candidate>();
  ASSERT_NE(frame, nullptr);
  ASSERT_TRUE(frame->ack);
  EXPECT_TRUE(frame->ack->damaged);
  EXPECT_EQ(frame, &peer_.heard().front()) << "no report goes before it";
  const auto candidate = std::get<chunk::Candidate>(frame->chunks.front());
  EXPECT_EQ(candidate.number_low16, peer_.last_number());
  EXPECT_EQ(candidate.fingerprint, peer_.last_fingerprint());
}

TEST_F(Mending, TakesNothingOfItBeforeTheSenderHasConfirmedIt) {
  say_damaged(data(0, 200));
  peer_.run_for(2ms);
  EXPECT_EQ(read(stream_), Bytes{});
  EXPECT_EQ(endpoint_.stats().frames_mended, 0U);
  peer_.say(chunk_bytes(confirmation()));
  EXPECT_EQ(read(stream_), pattern(200));
  EXPECT_EQ(endpoint_.stats().frames_mended, 1U);
}

TEST_F(Mending, CountsTheFrameAsReceivedThen) {
  say_damaged(data(0, 200));
  const chunk::Confirmed confirmed = confirmation();
  peer_.run_for(2ms);
  peer_.say(chunk_bytes(confirmed), {}, true);
  peer_.forget_heard();
  peer_.run_for(2ms);
  ASSERT_FALSE(peer_.heard().empty());
  const auto& ack = peer_.heard().back().ack;
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->gap_count, 0U);
  EXPECT_EQ(ack->largest, peer_.last_number() & (ack->brief ? 0x3FU : 0xFFFFU));
}

TEST_F(Mending, OfASenderThatSendsAgainInsteadTakesThatAndForgetsTheCandidate) {
  // A sender that skips the chunk, as one would that does not know it; more often than there are places.
  constexpr std::size_t kTimes = 3 * tunnel::Candidates::kMost;
  for (std::size_t i = 0; i < kTimes; ++i) {
    say_damaged(data(i * 100, 100));
    peer_.run_for(2ms);
    ASSERT_NE(frame_with<chunk::Candidate>(), nullptr) << i;
    peer_.forget_heard();
    peer_.say(data(i * 100, 100), peer_.ack_all());
    peer_.acknowledge();
    peer_.run_for(2ms);
  }
  EXPECT_EQ(read(stream_), pattern(kTimes * 100));
  EXPECT_EQ(endpoint_.stats().frames_mended, 0U);
  EXPECT_TRUE(endpoint_.link_up());
}

TEST_F(Mending, HoldsSixteenAtOnceAndTellsOfNoMore) {
  for (std::size_t i = 0; i < 2 * tunnel::Candidates::kMost; ++i) say_damaged(data(i * 100, 100));
  peer_.run_for(5ms);
  EXPECT_EQ(peer_.chunks<chunk::Candidate>().size(), tunnel::Candidates::kMost);
}

TEST_F(Mending, MendsNoFrameThatIsShort) {
  peer_.damage_next(20, 0x10);
  peer_.say(data(0, 40));
  peer_.run_for(2ms);
  EXPECT_EQ(frame_with<chunk::Candidate>(), nullptr);
}

TEST_F(Mending, MendsNoFrameThatCarriesMoreThanData) {
  say_damaged(data(0, 200) + chunk_bytes(chunk::Credit{kPeers, 100}));
  peer_.run_for(2ms);
  EXPECT_EQ(frame_with<chunk::Candidate>(), nullptr);
  EXPECT_EQ(endpoint_.stats().frames_damaged, 1U);
}

TEST_F(Mending, MendsNoFrameOfManyPieces) {
  Bytes chunks;
  for (std::size_t i = 0; i <= tunnel::Candidates::kMostPieces; ++i) chunks = chunks + data(i * 10, 10);
  say_damaged(chunks);
  peer_.run_for(2ms);
  EXPECT_EQ(frame_with<chunk::Candidate>(), nullptr);
}

TEST_F(Mending, PutsLateBytesWhereTheyBelongThoughTheirOffsetHasComeToMeanAnother) {
  constexpr std::size_t kPiece = 1024;
  say_damaged(data(0, 200));
  const chunk::Confirmed confirmed = confirmation();
  Bytes all;
  for (std::size_t i = 0; i < 40; ++i) {
    // The same bytes have come in other frames, as if they had been taken for lost before, and more. From
    // here, 0 in 15 bits is 32768.
    if (i == 25) peer_.say(chunk_bytes(confirmed));
    const auto low = static_cast<std::uint32_t>(i * kPiece) & 0x7FFFU;
    peer_.say(data_bytes(kPeers, wire::WireOffset{low, 15}, pattern(kPiece, i * kPiece)));
    const Bytes some = read(stream_);
    all.insert(all.end(), some.begin(), some.end());
    peer_.run_for(1ms);
  }
  EXPECT_EQ(all, pattern(40 * kPiece));
  EXPECT_EQ(endpoint_.stats().frames_mended, 1U);
}

TEST_F(Mending, PutsNothingIntoAnotherStreamUnderTheSameIndex) {
  say_damaged(data(0, 200));
  const chunk::Confirmed confirmed = confirmation();
  peer_.say(chunk_bytes(chunk::Reset{kPeers, ResetReason::aborted}));
  peer_.run_for(5ms);
  ASSERT_EQ(peer_.chunks<chunk::Release>().size(), 1U);
  peer_.say(chunk_bytes(chunk::Open{0, 2, ServiceId{}}));
  StreamId second;
  while (const auto event = endpoint_.poll()) {
    if (const auto* const opened = std::get_if<event::Opened>(&*event)) second = opened->stream;
  }
  peer_.say(chunk_bytes(confirmed));
  EXPECT_TRUE(endpoint_.link_up());
  EXPECT_EQ(endpoint_.stats().frames_mended, 1U);
  EXPECT_EQ(read(second), Bytes{});
}

TEST_F(Mending, SaysNothingOfDamageAtTheEndOfABulkFrameBeforeTheCandidate) {
  ASSERT_EQ(endpoint_.write(stream_, pattern(8000), peer_.now()).value(), 8000U);
  peer_.run_for(10ms);  // the first frame measures the line
  peer_.forget_heard();
  peer_.listen();
  ASSERT_TRUE(peer_.heard().empty()) << "a frame is in progress";
  say_damaged(data(0, 200));
  peer_.run_for(5ms);
  const HeardFrame* const frame = frame_with<chunk::Candidate>();
  ASSERT_NE(frame, nullptr);
  for (const HeardFrame& heard : peer_.heard()) {
    EXPECT_TRUE(heard.number >= frame->number || !heard.ack) << heard.number;
  }
  EXPECT_GT(frame->number, peer_.heard().front().number);
  EXPECT_TRUE(frame->ack && frame->ack->damaged);
}

TEST_F(Mending, IsConfirmedByTheSenderWhichSendsNothingAgain) {
  send_frame(300);
  peer_.say(candidate(fingerprint_), ack_of_damage());
  peer_.run_for(5ms);
  const auto confirmed = peer_.chunks<chunk::Confirmed>();
  ASSERT_EQ(confirmed.size(), 1U);
  EXPECT_EQ(confirmed[0].number_low16, sent_);
  EXPECT_EQ(data_heard(), 0U);
  EXPECT_EQ(endpoint_.stats().frames_lost, 0U);
  EXPECT_EQ(endpoint_.stats().send_buffer_bytes, 300U) << "until the confirmation is acknowledged";
  peer_.acknowledge();
  EXPECT_EQ(endpoint_.stats().send_buffer_bytes, 0U);
}

TEST_F(Mending, IsNotConfirmedBySenderOfSomethingElse) {
  send_frame(300);
  peer_.say(candidate(fingerprint_ ^ 1U), ack_of_damage());
  peer_.run_for(5ms);
  EXPECT_EQ(frame_with<chunk::Confirmed>(), nullptr);
  EXPECT_EQ(data_heard(), 300U);
  EXPECT_EQ(endpoint_.stats().frames_lost, 1U);
}

TEST_F(Mending, HasItsFrameSentAgainWhenTheConfirmationIsLost) {
  send_frame(300);
  peer_.say(candidate(fingerprint_), ack_of_damage());
  peer_.run_for(5ms);
  const HeardFrame* const frame = frame_with<chunk::Confirmed>();
  ASSERT_NE(frame, nullptr);
  // Nothing of it arrived: the peer reports the frame with the confirmation as damaged, too.
  wire::Ack ack = ack_of_damage();
  ack.largest = static_cast<std::uint32_t>((frame->number - 1) & 0xFFFFU);
  peer_.forget_heard();
  peer_.say({}, ack);
  peer_.run_for(5ms);
  EXPECT_EQ(data_heard(), 300U);
  EXPECT_EQ(endpoint_.stats().frames_lost, 2U);
}

// ---- A peer that violates the rules ----

TEST_F(Mending, OfWhatIsNoCandidateMayNotBeConfirmed) {
  peer_.say(chunk_bytes(chunk::Confirmed{1}));
  EXPECT_FALSE(endpoint_.link_up());
}

TEST_F(Mending, IsConfirmedForNoFrameThatWasNeverSentOrIsAcknowledged) {
  send_frame(300);
  peer_.acknowledge();
  peer_.say(candidate(fingerprint_));
  const std::uint64_t sent = endpoint_.stats().frames_sent;
  for (std::uint32_t number = 0; number < 65536; number += 7) {
    peer_.say(chunk_bytes(chunk::Candidate{static_cast<std::uint16_t>(number), number}), peer_.ack_all());
  }
  peer_.run_for(50ms);
  EXPECT_TRUE(peer_.chunks<chunk::Confirmed>().empty());
  EXPECT_LT(endpoint_.stats().frames_sent - sent, 100U);
  EXPECT_TRUE(endpoint_.link_up());
}

TEST_F(Mending, IsConfirmedForSixteenFramesAtMostThoughAllCameDamaged) {
  const StreamId id = send_frame(20);
  peer_.acknowledge();
  constexpr std::size_t kFrames = 100;
  for (std::size_t i = 0; i < kFrames; ++i) {
    ASSERT_EQ(endpoint_.write(id, Bytes(20, 'x'), peer_.now()), 20U);
    peer_.run_for(1ms);
  }
  ASSERT_EQ(peer_.heard().size(), kFrames);
  Bytes candidates;
  for (const HeardFrame& frame : peer_.heard()) {
    const auto low = static_cast<std::uint16_t>(frame.number);
    candidates = candidates + chunk_bytes(chunk::Candidate{low, frame.fingerprint});
  }
  peer_.say(candidates);
  peer_.run_for(20ms);
  EXPECT_EQ(peer_.chunks<chunk::Confirmed>().size(), link::kMostMended);
  peer_.acknowledge();
  EXPECT_EQ(endpoint_.stats().send_buffer_bytes, 0U);
  EXPECT_TRUE(endpoint_.link_up());
}

}  // namespace
}  // namespace serialtcp::test
