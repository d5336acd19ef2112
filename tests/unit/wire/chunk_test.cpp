// Chunks: golden bytes of each, truncated at every byte, unknown ones, and offsets at the limits of their
// forms.
#include "wire/chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace serialtcp::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr WireStream ours(std::uint32_t index) {
  return {index, OpenedBy::sender};
}
constexpr WireStream theirs(std::uint32_t index) {
  return {index, OpenedBy::receiver};
}

template <class Write>
Bytes bytes_of(Write write) {
  std::array<Byte, kMaxOpen> buffer;
  base::Writer writer(buffer);
  write(writer);
  return {writer.written().begin(), writer.written().end()};
}

template <class Kind>
Bytes written(const Kind& chunk) {
  return bytes_of([&](base::Writer& out) { write_chunk(chunk, out); });
}

Bytes data_head(WireStream stream, std::optional<WireOffset> offset, std::optional<std::uint32_t> length) {
  return bytes_of([&](base::Writer& out) { write_data_head(stream, offset, length, out); });
}

std::optional<Chunk> read(const Bytes& bytes) {
  base::Reader reader(bytes);
  return read_chunk(reader);
}

template <class Kind>
Kind read_as(const Bytes& bytes) {
  const std::optional<Chunk> chunk = read(bytes);
  if (!chunk || !std::holds_alternative<Kind>(*chunk)) {
    ADD_FAILURE() << "not such a chunk: " << testing::PrintToString(bytes);
    return {};
  }
  return std::get<Kind>(*chunk);
}

TEST(DataChunk, HasOneByteInFrontForTheFirstStreamsAtTheirPlace) {
  EXPECT_THAT(data_head(ours(0), {}, {}), ElementsAre(0x80));
  EXPECT_THAT(data_head(theirs(0), {}, {}), ElementsAre(0x81));
  EXPECT_THAT(data_head(ours(15), {}, {}), ElementsAre(0x9E));
}

TEST(DataChunk, NamesAHigherStreamAfterwards) {
  EXPECT_THAT(data_head(theirs(15), {}, {}), ElementsAre(0x9F, 0x00));
  EXPECT_THAT(data_head(ours(16), {}, {}), ElementsAre(0x9F, 0x01));
  EXPECT_THAT(data_head(ours(16383), {}, {}), ElementsAre(0x9F, 0xDF, 0xFF, 0x01));
}

TEST(DataChunk, CarriesAnOffsetOfFifteenOr23BitsTheHighOnesFirst) {
  EXPECT_THAT(data_head(ours(0), WireOffset{0x1234, 15}, {}), ElementsAre(0xC0, 0x12, 0x34));
  EXPECT_THAT(data_head(ours(0), WireOffset{0x123456, 23}, {}), ElementsAre(0xC0, 0x92, 0x34, 0x56));
}

TEST(DataChunk, CarriesItsLengthWhenSomethingFollows) {
  EXPECT_THAT(data_head(ours(1), {}, 5), ElementsAre(0xA2, 0x05));
  EXPECT_THAT(data_head(ours(1), WireOffset{1, 15}, 200), ElementsAre(0xE2, 0x00, 0x01, 0xC8, 0x01));
}

TEST(DataChunk, IsReadAsItWasWritten) {
  for (const WireStream stream : {ours(0), theirs(0), ours(15), theirs(15), ours(16), theirs(9999)}) {
    for (const auto& offset : {std::optional<WireOffset>{}, std::optional{WireOffset{0x7FFF, 15}},
                               std::optional{WireOffset{0x7FFFFF, 23}}}) {
      for (const bool with_length : {false, true}) {
        Bytes bytes = data_head(stream, offset, with_length ? std::optional<std::uint32_t>{2} : std::nullopt);
        bytes.push_back('h');
        bytes.push_back('i');
        if (with_length) bytes.push_back(0x7F);  // belongs to the next chunk
        const auto data = read_as<chunk::Data>(bytes);
        EXPECT_EQ(data.stream, stream);
        EXPECT_EQ(data.offset.has_value(), offset.has_value());
        if (offset && data.offset) {
          EXPECT_EQ(data.offset->low, offset->low);
          EXPECT_EQ(data.offset->bits, offset->bits);
        }
        EXPECT_THAT(data.bytes, ElementsAre('h', 'i'));
      }
    }
  }
}

TEST(DataChunk, MayBeEmpty) {
  EXPECT_THAT(read_as<chunk::Data>({0x80}).bytes, IsEmpty());
  EXPECT_THAT(read_as<chunk::Data>({0xA0, 0x00}).bytes, IsEmpty());
}

TEST(DataChunk, IsMalformedWhenLongerThanItsFrame) {
  EXPECT_FALSE(read({0xA0, 0x03, 'h', 'i'}));
  EXPECT_FALSE(read({0xA0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 'h', 'i'}));
}

TEST(PackedDataChunk, IsADataChunkBehindSix) {
  EXPECT_THAT(bytes_of([](base::Writer& out) { write_packed_mark(out); }), ElementsAre(0x06));
  const Bytes bytes{0x06, 0xA2, 0x02, 'h', 'i', 0x7F};
  const auto data = read_as<chunk::Data>(bytes);
  EXPECT_EQ(data.packing, Packing::packed);
  EXPECT_EQ(data.stream, ours(1));
  EXPECT_THAT(data.bytes, ElementsAre('h', 'i'));
  EXPECT_EQ(read_as<chunk::Data>({0xA2, 0x02, 'h', 'i'}).packing, Packing::plain);
}

TEST(PackedDataChunk, IsMalformedWithAnythingElseBehindSix) {
  EXPECT_FALSE(read({0x06}));
  EXPECT_FALSE(read({0x06, 0x06, 0x80}));
  EXPECT_FALSE(read({0x06, 0x05, 0x00, 0x00}));
  EXPECT_FALSE(read({0x06, 0xA2, 0x03, 'h', 'i'}));
}

TEST(TurnChunk, IsNumberFlagsAndLongest) {
  EXPECT_THAT(written(chunk::Turn{7, true, false, 500}), ElementsAre(0x44, 0x04, 0x07, 0x01, 0xF4, 0x01));
  EXPECT_THAT(written(chunk::Turn{255, false, true, 65535}), ElementsAre(0x44, 0x04, 0xFF, 0x02, 0xFF, 0xFF));
  // Further bytes are for a later version, and so are other flags.
  const auto turn = read_as<chunk::Turn>({0x44, 0x05, 0x07, 0xFD, 0xF4, 0x01, 0x99});
  EXPECT_EQ(turn.number, 7);
  EXPECT_TRUE(turn.more);
  EXPECT_FALSE(turn.taken);
  EXPECT_EQ(turn.longest_ms, 500);
  EXPECT_FALSE(read({0x44, 0x03, 0x07, 0x01, 0xF4}));
  EXPECT_FALSE(read({0x44, 0x04, 0x07, 0x01, 0xF4}));
}

TEST(SpeedChunk, IsAKindAndWhatBelongsToIt) {
  using Kind = chunk::Speed::Kind;
  EXPECT_THAT(written(chunk::Speed{.kind = Kind::propose, .number = 7, .speed = 921600}),
              ElementsAre(0x46, 0x06, 0x01, 0x07, 0x00, 0x10, 0x0E, 0x00));
  EXPECT_THAT(written(chunk::Speed{.kind = Kind::go, .number = 7}), ElementsAre(0x46, 0x02, 0x03, 0x07));
  EXPECT_THAT(written(chunk::Speed{.kind = Kind::loss, .permille = 300}),
              ElementsAre(0x46, 0x03, 0x05, 0x2C, 0x01));
  const auto propose = read_as<chunk::Speed>({0x46, 0x07, 0x01, 0x07, 0x00, 0x10, 0x0E, 0x00, 0x99});
  EXPECT_EQ(propose.kind, Kind::propose);
  EXPECT_EQ(propose.number, 7);
  EXPECT_EQ(propose.speed, 921600U);
  const Bytes probe{0x46, 0x04, 0x04, 0x07, 0xAA, 0x55};
  EXPECT_THAT(read_as<chunk::Speed>(probe).bytes, ElementsAre(0xAA, 0x55));
  EXPECT_FALSE(read({0x46, 0x05, 0x01, 0x07, 0x00, 0x10, 0x0E})) << "too short";
  EXPECT_FALSE(read({0x46, 0x00}));
  read_as<chunk::Unknown>({0x46, 0x02, 0x06, 0x00});  // of a later version
}

TEST(ArrivedChunk, IsBytesAndSpan) {
  EXPECT_THAT(written(chunk::Arrived{300, 0x012345}), ElementsAre(0x45, 0x05, 0x2C, 0x01, 0x45, 0x23, 0x01));
  const auto arrived = read_as<chunk::Arrived>({0x45, 0x06, 0x2C, 0x01, 0x45, 0x23, 0x01, 0x99});
  EXPECT_EQ(arrived.bytes, 300);
  EXPECT_EQ(arrived.span, 0x012345U);
  EXPECT_FALSE(read({0x45, 0x04, 0x2C, 0x01, 0x45, 0x23}));
}

TEST(DatagramChunk, IsASizeAndADataChunkBehindEight) {
  EXPECT_THAT(bytes_of([](base::Writer& out) { write_datagram_mark(300, out); }),
              ElementsAre(0x08, 0xAC, 0x02));
  const Bytes bytes{0x08, 0xAC, 0x02, 0xE2, 0x80, 0x00, 0x07, 0x02, 'h', 'i', 0x7F};
  const auto data = read_as<chunk::Data>(bytes);
  EXPECT_EQ(data.begins, 300U);
  EXPECT_EQ(data.packing, Packing::plain);
  EXPECT_EQ(data.stream, ours(1));
  ASSERT_TRUE(data.offset);
  EXPECT_EQ(data.offset->low, 7U);
  EXPECT_THAT(data.bytes, ElementsAre('h', 'i'));
  EXPECT_EQ(read_as<chunk::Data>({0x08, 0x00, 0x80}).begins, 0U);
}

TEST(DatagramChunk, IsMalformedWithAnythingElseBehindItsSizeOrASizeThatNoDatagramHas) {
  EXPECT_FALSE(read({0x08}));
  EXPECT_FALSE(read({0x08, 0x01}));
  EXPECT_FALSE(read({0x08, 0x01, 0x06, 0x80}));
  EXPECT_FALSE(read({0x06, 0x08, 0x01, 0x80}));
  EXPECT_FALSE(read({0x08, 0x01, 0x07}));
  const auto mark = [](std::uint32_t size) {
    Bytes bytes = bytes_of([&](base::Writer& out) { write_datagram_mark(size, out); });
    bytes.push_back(0x80);
    return bytes;
  };
  EXPECT_TRUE(read(mark(limits::kMaxDatagram)));
  EXPECT_FALSE(read(mark(limits::kMaxDatagram + 1)));
  EXPECT_FALSE(read(mark(UINT32_MAX)));
}

TEST(OpenChunk, SaysInOneBitWhetherItCarriesDatagrams) {
  EXPECT_EQ(written(chunk::Open{5, 1, {}, "a", Priority::bulk, StreamKind::datagrams})[3], 0x1A);
  EXPECT_EQ(written(chunk::Open{5, 1, {}, {}, Priority::automatic, StreamKind::datagrams})[3], 0x10);
  EXPECT_EQ(read_as<chunk::Open>({0x01, 0x05, 0x01, 0x10, 0x00}).kind, StreamKind::datagrams);
  EXPECT_EQ(read_as<chunk::Open>({0x01, 0x05, 0x01, 0xEC, 0x00}).kind, StreamKind::bytes);
}

TEST(OpenChunk, HasTheseBytes) {
  const Bytes bytes = written(chunk::Open{5, 0xAB, ServiceId{300}});
  EXPECT_THAT(bytes, ElementsAre(0x01, 0x05, 0xAB, 0x00, 0xAC, 0x02));
  const auto open = read_as<chunk::Open>(bytes);
  EXPECT_EQ(open.index, 5U);
  EXPECT_EQ(open.generation, 0xAB);
  EXPECT_EQ(open.service, ServiceId{300});
}

TEST(OpenChunk, CarriesANameWithAFlagThatSaysSo) {
  const Bytes bytes = written(chunk::Open{5, 1, ServiceId{}, "web"});
  EXPECT_THAT(bytes, ElementsAre(0x01, 0x05, 0x01, 0x02, 0x00, 0x03, 'w', 'e', 'b'));
  EXPECT_EQ(read_as<chunk::Open>(bytes).name, "web");
}

TEST(OpenChunk, CarriesAPriorityInTwoBitsOfItsFlags) {
  EXPECT_EQ(written(chunk::Open{5, 1, {}, {}, Priority::interactive})[3], 0x04);
  EXPECT_EQ(written(chunk::Open{5, 1, {}, "a", Priority::bulk})[3], 0x0A);
  for (const Priority priority : {Priority::automatic, Priority::interactive, Priority::bulk}) {
    EXPECT_EQ(read_as<chunk::Open>(written(chunk::Open{5, 1, {}, {}, priority})).priority, priority);
  }
  EXPECT_EQ(read_as<chunk::Open>({0x01, 0x05, 0x01, 0x0C, 0x00}).priority, Priority::automatic) << "unknown";
}

TEST(OpenChunk, IsMalformedWithANameThatIsNone) {
  const auto with = [](std::string_view name) {
    Bytes bytes{0x01, 0x05, 0x01, 0x02, 0x00, static_cast<Byte>(name.size())};
    bytes.insert(bytes.end(), name.begin(), name.end());
    return read(bytes).has_value();
  };
  EXPECT_TRUE(with("A-z_0.9"));
  EXPECT_TRUE(with(std::string(limits::kMaxServiceName, 'n')));
  EXPECT_FALSE(with(""));
  EXPECT_FALSE(with("we b"));
  EXPECT_FALSE(with("w\x1b"));
  EXPECT_FALSE(with("w\xc3\xa4"));
  EXPECT_FALSE(with(std::string(limits::kMaxServiceName + 1, 'n')));
}

TEST(OpenChunk, MayCarryFlagsThatThisVersionDoesNotKnow) {
  EXPECT_EQ(read_as<chunk::Open>({0x01, 0x05, 0x01, 0xF0, 0x00}).index, 5U);
}

TEST(OpenChunk, IsMalformedForAServiceOfMoreThanSixteenBits) {
  EXPECT_TRUE(read({0x01, 0x05, 0x01, 0x00, 0xFF, 0xFF, 0x03}));
  EXPECT_FALSE(read({0x01, 0x05, 0x01, 0x00, 0x80, 0x80, 0x04}));
}

TEST(FinChunk, HasTheseBytes) {
  const Bytes bytes = written(chunk::Fin{theirs(2), 0x123456});
  EXPECT_THAT(bytes, ElementsAre(0x02, 0x05, 0x56, 0x34, 0x12));
  const auto fin = read_as<chunk::Fin>(bytes);
  EXPECT_EQ(fin.stream, theirs(2));
  EXPECT_EQ(fin.offset_low24, 0x123456U);
}

TEST(ResetChunk, HasTheseBytes) {
  const Bytes bytes = written(chunk::Reset{ours(2), ResetReason::refused});
  EXPECT_THAT(bytes, ElementsAre(0x03, 0x04, 0x01));
  const auto reset = read_as<chunk::Reset>(bytes);
  EXPECT_EQ(reset.stream, ours(2));
  EXPECT_EQ(reset.reason, ResetReason::refused);
}

TEST(ResetChunk, KeepsEveryReasonThatIsKnownAndTakesOthersForFailed) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const ResetReason reason = read_as<chunk::Reset>({0x03, 0x00, static_cast<Byte>(byte)}).reason;
    EXPECT_EQ(reason, byte <= 11 ? static_cast<ResetReason>(byte) : ResetReason::failed) << byte;
  }
}

TEST(CreditChunk, HasTheseBytes) {
  const Bytes bytes = written(chunk::Credit{ours(0), 0xABCD});
  EXPECT_THAT(bytes, ElementsAre(0x04, 0x00, 0xCD, 0xAB));
  EXPECT_EQ(read_as<chunk::Credit>(bytes).limit_low16, 0xABCDU);
}

TEST(ReleaseChunk, HasTheseBytes) {
  const Bytes bytes = written(chunk::Release{200, 7});
  EXPECT_THAT(bytes, ElementsAre(0x05, 0xC8, 0x01, 0x07));
  const auto release = read_as<chunk::Release>(bytes);
  EXPECT_EQ(release.index, 200U);
  EXPECT_EQ(release.generation, 7);
}

TEST(Chunk, IsMalformedWhereverItIsCutShort) {
  for (const Bytes& whole :
       {written(chunk::Open{500, 1, ServiceId{300}}), written(chunk::Open{500, 1, {}, "web"}),
        written(chunk::Fin{ours(500), 1}), written(chunk::Reset{ours(500), ResetReason::aborted}),
        written(chunk::Credit{ours(500), 1}), written(chunk::Release{500, 1}),
        written(chunk::Candidate{500, 1}), written(chunk::Confirmed{500}), written(chunk::Stop{ours(500)}),
        written(chunk::Leaving{}), written(chunk::Left{500}), data_head(ours(500), WireOffset{1, 23}, 500),
        Bytes{0x40, 0x02, 'x', 'x'}}) {
    for (std::size_t length = 1; length < whole.size(); ++length) {
      EXPECT_FALSE(read(Bytes(whole.begin(), whole.begin() + static_cast<long>(length))))
          << testing::PrintToString(whole);
    }
  }
}

TEST(Chunk, FitsInItsGreatestLengthWithTheLargestNumbers) {
  constexpr std::uint32_t kMost = (1U << 24) - 1;
  EXPECT_LE(data_head(theirs(kMost), WireOffset{0x7FFFFF, 23}, UINT32_MAX).size(), kMaxChunkHead);
  EXPECT_LE(written(chunk::Open{kMost, 255, ServiceId{UINT16_MAX}}).size(), kMaxChunkHead);
  const std::string name(limits::kMaxServiceName, 'n');
  EXPECT_LE(written(chunk::Open{kMost, 255, ServiceId{UINT16_MAX}, name}).size(), kMaxOpen);
}

TEST(ServicesChunk, HasTheseBytes) {
  const Bytes names{0x03, 'w', 'e', 'b'};
  const Bytes bytes = written(chunk::Services{1, 2, names});
  EXPECT_THAT(bytes, ElementsAre(0x40, 0x06, 0x01, 0x02, 0x03, 'w', 'e', 'b'));
  const auto services = read_as<chunk::Services>(bytes);
  EXPECT_EQ(services.part, 1);
  EXPECT_EQ(services.parts, 2);
  EXPECT_THAT(services.names, ElementsAre(0x03, 'w', 'e', 'b'));
}

TEST(ServicesChunk, IsMalformedWithoutItsParts) {
  EXPECT_FALSE(read({0x40, 0x01, 0x00}));
  EXPECT_FALSE(read({0x40, 0x00}));
}

TEST(CandidateChunk, HasTheseBytes) {
  const Bytes bytes = written(chunk::Candidate{0x1234, 0x0102030405060708});
  EXPECT_THAT(bytes, ElementsAre(0x41, 0x0A, 0x34, 0x12, 8, 7, 6, 5, 4, 3, 2, 1));
  const auto candidate = read_as<chunk::Candidate>(bytes);
  EXPECT_EQ(candidate.number_low16, 0x1234);
  EXPECT_EQ(candidate.fingerprint, 0x0102030405060708U);
}

TEST(EndingChunk, HasTheseBytes) {
  const Bytes stop = written(chunk::Stop{ours(100)});
  EXPECT_THAT(stop, ElementsAre(0x43, 0x03, 0x00, 0xC8, 0x01));
  EXPECT_EQ(read_as<chunk::Stop>(stop).stream, ours(100));
  const Bytes leaving = written(chunk::Leaving{});
  EXPECT_THAT(leaving, ElementsAre(0x43, 0x01, 0x01));
  read_as<chunk::Leaving>(leaving);
  const Bytes left = written(chunk::Left{0x0102030405060708});
  EXPECT_THAT(left, ElementsAre(0x43, 0x09, 0x02, 8, 7, 6, 5, 4, 3, 2, 1));
  EXPECT_EQ(read_as<chunk::Left>(left).bytes, 0x0102030405060708U);
}

TEST(EndingChunk, OfAnotherKindOrWithMoreBehindItIsSkipped) {
  read_as<chunk::Unknown>({0x43, 0x02, 0x03, 0x00});
  read_as<chunk::Leaving>({0x43, 0x03, 0x01, 0x55, 0x66});
}

TEST(ConfirmedChunk, HasTheseBytes) {
  const Bytes bytes = written(chunk::Confirmed{0xABCD});
  EXPECT_THAT(bytes, ElementsAre(0x42, 0x02, 0xCD, 0xAB));
  EXPECT_EQ(read_as<chunk::Confirmed>(bytes).number_low16, 0xABCD);
}

TEST(ConfirmedChunk, IsMalformedLikeACandidateInAnotherLength) {
  EXPECT_FALSE(read({0x42, 0x01, 0x01}));
  EXPECT_FALSE(read({0x42, 0x03, 0x01, 0x02, 0x03}));
  EXPECT_FALSE(read({0x41, 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_FALSE(read({0x41, 0x0B, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST(UnknownChunk, IsSkippedFromFortyEight) {
  for (unsigned type = 0x48; type < 0x80; ++type) {
    const Bytes bytes = {static_cast<Byte>(type), 0x02, 'x', 'y', 0x05, 0x01, 0x02};
    base::Reader reader(bytes);
    const auto skipped = read_chunk(reader);
    ASSERT_TRUE(skipped);
    EXPECT_TRUE(std::holds_alternative<chunk::Unknown>(*skipped));
    const auto next = read_chunk(reader);
    ASSERT_TRUE(next);
    EXPECT_TRUE(std::holds_alternative<chunk::Release>(*next));
    EXPECT_TRUE(reader.empty());
  }
}

TEST(LeaveChunk, IsOneByte) {
  std::array<Byte, kMaxChunkHead> buffer;
  base::Writer writer(buffer);
  write_chunk(chunk::Leave{}, writer);
  ASSERT_EQ(writer.size(), 1U);
  EXPECT_EQ(buffer[0], 7);
  base::Reader reader(writer.written());
  const auto chunk = read_chunk(reader);
  ASSERT_TRUE(chunk);
  EXPECT_TRUE(std::holds_alternative<chunk::Leave>(*chunk));
}

TEST(UnknownChunk, IsMalformedBelowForty) {
  for (unsigned type = 0; type < 0x40; ++type) {
    if ((type >= 1 && type <= 5) || type == 7) continue;
    EXPECT_FALSE(read({static_cast<Byte>(type), 0, 0, 0, 0, 0, 0})) << type;
  }
}

TEST(TruncatedOffset, HasFifteenBitsWhileLittleIsUnderWay) {
  EXPECT_EQ(truncate_offset(0x12345678, 0).bits, 15U);
  EXPECT_EQ(truncate_offset(0x12345678, (1 << 14) - 1).bits, 15U);
  EXPECT_EQ(truncate_offset(0x12345678, 1 << 14).bits, 23U);
  EXPECT_EQ(truncate_offset(0x12345678, 0).low, 0x5678U);
  EXPECT_EQ(truncate_offset(0x12345678, 1 << 14).low, 0x345678U);
}

TEST(TruncatedOffset, IsUnderstoodByAReceiverAnywhereWithinWhatIsUnderWay) {
  for (const std::uint64_t spread : {0ULL, 1ULL, 16383ULL, 16384ULL, 512ULL * 1024, (1ULL << 22) - 1}) {
    for (const std::uint64_t offset : {0ULL, 1ULL, 32767ULL, 32768ULL, 1ULL << 23, (1ULL << 40) + 7}) {
      const WireOffset wire = truncate_offset(offset, spread);
      EXPECT_EQ(base::unwrap_nearest(wire.low, wire.bits, offset + spread), offset) << spread;
      const std::uint64_t behind = offset > spread ? offset - spread : 0;
      EXPECT_EQ(base::unwrap_nearest(wire.low, wire.bits, behind), offset) << spread;
    }
  }
}

}  // namespace
}  // namespace serialtcp::wire
