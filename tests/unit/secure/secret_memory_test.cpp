// Where keys are in memory, and for how long: the whole memory is searched.
#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/resource.h>

#include "memory_scan.h"
#include "secure/ephemerals.h"
#include "secure/handshake.h"
#include "secure/link_keys.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SERIALTCP_MLOCK_DOES_NOTHING  // The run-time library of the sanitizers replaces mlock() by a function without effect.
#endif
#endif

namespace serialtcp::secure {
namespace {

using test::Masked;
using test::MemoryScan;

/// A different key for each number, made where keys are kept.
Secret key_from(Byte number) {
  Secret key(1);
  std::array<Byte, crypto_stream_chacha20_ietf_NONCEBYTES> nonce{number};
  const std::array<Byte, kKeySize> seed{42};
  crypto_stream_chacha20_ietf(key.all().data(), key.all().size(), nonce.data(), seed.data());
  return key;
}

struct SecretMemory : testing::Test {
  void SetUp() override {
    if (!scan.possible()) GTEST_SKIP() << "/proc/self/mem cannot be read here";
#ifndef SERIALTCP_MLOCK_DOES_NOTHING
    rlimit limit{};
    ::getrlimit(RLIMIT_MEMLOCK, &limit);
    lockable = limit.rlim_cur >= (1U << 20) || ::geteuid() == 0;
#endif
  }

  void expect_only_in_kept_memory(const Masked& secret, std::size_t least) {
    const auto finds = scan.find(secret);
    EXPECT_GE(finds.size(), least) << "the search finds nothing";
    for (const auto& find : finds) {
      EXPECT_FALSE(find.dumped) << find.mapping;
      EXPECT_TRUE(find.locked || !lockable) << find.mapping;
    }
  }
  void expect_nowhere(const Masked& secret) {
    for (const auto& find : scan.find(secret)) ADD_FAILURE() << "found in " << find.mapping;
  }

  MemoryScan scan;
  bool lockable = false;
};

TEST_F(SecretMemory, ASearchFindsWhatIsThere) {
  std::vector<Byte> heap(4096);
  const Secret key = key_from(1);
  const Masked masked(key.key(0));
  expect_only_in_kept_memory(masked, 1);
  std::ranges::copy(key.key(0), heap.begin() + 100);
  EXPECT_EQ(scan.find(masked).size(), 2U);
  sodium_memzero(heap.data(), heap.size());
  EXPECT_EQ(scan.find(masked).size(), 1U);
}

TEST_F(SecretMemory, TheKeyInUseIsOnlyInKeptMemoryWhileAFrameIsOpen) {
  std::optional<Masked> key;
  std::optional<Masked> tag_key;
  auto keys = [&] {
    const Secret send = key_from(2);
    key.emplace(send.key(0));
    Secret stream(1);  // of the frame's number: the key of its tag is the beginning of the key stream
    const std::array<Byte, 12> nonce{0, 0, 0, 0, 7};
    crypto_stream_chacha20_ietf(stream.all().data(), kKeySize, nonce.data(), send.key(0).data());
    tag_key.emplace(stream.key(0));
    return std::make_unique<LinkKeys>(send.key(0), key_from(3).key(0));
  }();
  auto sealer = std::make_unique<Sealer>(keys->seal(7, {}));  // on the heap, as an open frame is
  Bytes bytes(100);
  sealer->seal(bytes, bytes.data());
  expect_only_in_kept_memory(*key, 2);
  expect_only_in_kept_memory(*tag_key, 1);
  sealer.reset();
  expect_only_in_kept_memory(*key, 1);
  expect_nowhere(*tag_key);
  keys->renew();
  expect_nowhere(*key);
}

TEST_F(SecretMemory, AnEphemeralKeyIsGoneAsSoonAsTheNextIsMade) {
  Ephemerals ephemerals(key_from(4).key(0));
  const Masked first(ephemerals.next());
  expect_only_in_kept_memory(first, 1);
  ephemerals.next();
  expect_nowhere(first);
}

TEST_F(SecretMemory, AHandshakeWipesItsEphemeralKeyAsSoonAsItIsUsed) {
  const Secret shared = key_from(5);
  const Key psk(shared.key(0));
  Handshake initiator(Handshake::Side::initiator, psk, {});
  Handshake responder(Handshake::Side::responder, psk, {});
  std::optional<Masked> of_initiator;
  std::optional<Masked> of_responder;
  Bytes first;
  Bytes second;
  {
    const Secret ephemeral = key_from(6);
    of_initiator.emplace(ephemeral.key(0));
    first = *initiator.write(ephemeral.key(0));
  }
  expect_only_in_kept_memory(*of_initiator, 1);  // it waits for the answer
  ASSERT_TRUE(responder.read(first));
  {
    const Secret ephemeral = key_from(7);
    of_responder.emplace(ephemeral.key(0));
    second = *responder.write(ephemeral.key(0));
  }
  expect_nowhere(*of_responder);
  ASSERT_TRUE(initiator.read(second));
  expect_nowhere(*of_initiator);
}

TEST_F(SecretMemory, NothingOfALinkThatIsOverIsLeft) {
  std::optional<Masked> send;
  std::optional<Masked> receive;
  {
    const Secret one = key_from(8);
    const Secret other = key_from(9);
    send.emplace(one.key(0));
    receive.emplace(other.key(0));
    LinkKeys keys(one.key(0), other.key(0));
    Sealer sealer = keys.seal(1, {});
    Byte byte = 0;
    sealer.seal(ByteView(&byte, 1), &byte);
    static_cast<void>(keys.open({1, {}, ByteView(&byte, 1), 0x7E, Tag{}}, &byte));
  }
  expect_nowhere(*send);
  expect_nowhere(*receive);
}

}  // namespace
}  // namespace serialtcp::secure
