// A DATA chunk that is divided: golden bytes, what is malformed, and where its parts are.
#include "wire/parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace serialtcp::wire {
namespace {

using ::testing::ElementsAre;

Bytes divided(std::size_t part, bool packed, std::size_t bytes) {
  std::array<Byte, 2048> buffer;
  base::Writer out(buffer);
  write_parts_mark(part, out);
  if (packed) write_packed_mark(out);
  write_data_head({2, OpenedBy::sender}, WireOffset{0x1234, kShortOffsetBits}, {}, out);
  for (std::size_t i = 0; i < bytes; ++i) out.u8(static_cast<Byte>(i));
  return {out.written().begin(), out.written().end()};
}

std::optional<Chunk> read(const Bytes& bytes) {
  base::Reader in(bytes);
  return read_chunk(in);
}

TEST(PartsChunk, StandsBeforeADataWithAnOffset) {
  EXPECT_THAT(divided(640, false, 2), ElementsAre(0x47, 1, 40, 0xC4, 0x12, 0x34, 0, 1));
  EXPECT_THAT(divided(kMostPart, true, 0), ElementsAre(0x47, 1, 255, 0x06, 0xC4, 0x12, 0x34));
  for (const bool packed : {false, true}) {
    const auto data = std::get<chunk::Data>(read(divided(640, packed, 2)).value());
    EXPECT_EQ(data.part, 640U);
    EXPECT_EQ(data.stream, (WireStream{2, OpenedBy::sender}));
    EXPECT_EQ(data.offset->low, 0x1234U);
    EXPECT_EQ(data.bytes.size(), 2U);
    EXPECT_EQ(data.packing, packed ? Packing::packed : Packing::plain);
  }
}

TEST(PartsChunk, MayHaveMoreInALaterVersion) {
  EXPECT_EQ(std::get<chunk::Data>(read({0x47, 3, 40, 9, 9, 0xC4, 0, 0, 1}).value()).part, 640U);
}

TEST(PartsChunk, IsMalformedWhereItIsCutOffOrWithoutSuchAData) {
  const Bytes whole = divided(640, false, 0);
  for (std::size_t count = 1; count < whole.size(); ++count)
    EXPECT_FALSE(read(Bytes(whole.begin(), whole.begin() + static_cast<long>(count)))) << count;
  EXPECT_FALSE(read({0x47, 0, 0xC4, 0, 0})) << "no length of parts";
  EXPECT_FALSE(read({0x47, 1, 3, 0xC4, 0, 0})) << "too short";
  EXPECT_FALSE(read({0x47, 1, 40, 0x84, 0, 0})) << "no offset";
  EXPECT_FALSE(read({0x47, 1, 40, 0xE4, 0, 0, 1, 7})) << "does not run to the end";
  EXPECT_FALSE(read({0x47, 1, 40, 0x08, 1, 0xC4, 0, 0, 7})) << "a datagram";
  EXPECT_FALSE(read({0x47, 1, 40, 0x07})) << "no DATA";
}

/// Places and lengths of the parts of so many bytes, in parts of 64.
std::vector<std::pair<std::size_t, std::size_t>> parts_of(std::size_t bytes) {
  const Bytes content(bytes);
  std::vector<std::pair<std::size_t, std::size_t>> found;
  each_part({.stream = {}, .offset = {}, .bytes = content, .part = 64},
            [&](std::size_t place, ByteView part) {
              found.emplace_back(place, part.size());
              return true;
            });
  return found;
}

TEST(Parts, AllButTheLastAreFollowedByACheckValue) {
  using Places = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(parts_of(0), Places());
  EXPECT_EQ(parts_of(63), (Places{{0, 63}}));
  EXPECT_EQ(parts_of(64), (Places{{0, 64}}));
  EXPECT_EQ(parts_of(64 + 4), (Places{{0, 64}}));
  EXPECT_EQ(parts_of(64 + 4 + 1), (Places{{0, 64}, {64, 1}}));
  EXPECT_EQ(parts_of(2 * 68 + 64), (Places{{0, 64}, {64, 64}, {128, 64}}));
}

TEST(Parts, HaveARestThatIsNotLonger) {
  for (std::size_t size = 0; size < 300; ++size) {
    const Bytes content(size);
    EXPECT_EQ(are_parts({.stream = {}, .offset = {}, .bytes = content, .part = 64}), size % 68 <= 64) << size;
  }
}

TEST(Parts, EndAtTheFirstThatIsRefused) {
  const Bytes content(200);
  int count = 0;
  EXPECT_FALSE(each_part({.stream = {}, .offset = {}, .bytes = content, .part = 64},
                         [&](std::size_t, ByteView) { return ++count < 2; }));
  EXPECT_EQ(count, 2);
}

}  // namespace
}  // namespace serialtcp::wire
