// Which addresses may be reached: what patterns cover, however the other end writes it, and which texts are
// not patterns.
#include "service/allow_list.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "net/address.h"
#include "net/host.h"
#include "net/resolver.h"
#include "spellings.h"

namespace serialtcp::io {
namespace {

using Verdict = AllowList::Verdict;

AllowList list(const std::vector<std::string>& texts, AllowedTo to = AllowedTo::connect) {
  std::vector<AllowPattern> patterns;
  for (const std::string& text : texts) {
    auto pattern = parse_allow_pattern(text, to);
    if (pattern) {
      patterns.push_back(std::move(*pattern));
    } else {
      ADD_FAILURE() << pattern.error();
    }
  }
  return AllowList(std::move(patterns));
}

Verdict judge(const AllowList& allowed, const std::string& host, std::uint16_t port) {
  return allowed.judge(to_address(host, port));
}

bool allows(const AllowList& allowed, const std::string& address, std::uint16_t port) {
  return allowed.allows(asio::ip::make_address(address), port);
}

std::string complaint(const std::string& text, AllowedTo to = AllowedTo::connect) {
  const auto pattern = parse_allow_pattern(text, to);
  return pattern ? "(none)" : pattern.error();
}

TEST(AllowList, AllowsNothingByDefault) {
  for (const char* host : {"localhost", "127.0.0.1", "::1", "example.com"}) {
    EXPECT_EQ(judge(AllowList(), host, 22), Verdict::refused) << host;
  }
}

TEST(AllowList, CoversAnAddressAndItsPort) {
  const AllowList allowed = list({"10.0.0.1:22", "[fd00::1]:80"});
  EXPECT_EQ(judge(allowed, "10.0.0.1", 22), Verdict::allowed);
  EXPECT_EQ(judge(allowed, "10.0.0.1", 23), Verdict::refused);
  EXPECT_EQ(judge(allowed, "10.0.0.2", 22), Verdict::refused);
  EXPECT_EQ(judge(allowed, "fd00::1", 80), Verdict::allowed);
  EXPECT_EQ(judge(allowed, "fd00:0:0::0:1", 80), Verdict::allowed) << "another way to write it";
  EXPECT_EQ(judge(allowed, "fd00::2", 80), Verdict::refused);
}

TEST(AllowList, CoversNetworks) {
  const AllowList allowed =
      list({"10.0.0.0/8:*", "172.16.0.0/12:80", "[fd00::]/8:443", "192.168.1.128/25:1"});
  EXPECT_TRUE(allows(allowed, "10.255.3.4", 65535));
  EXPECT_FALSE(allows(allowed, "11.0.0.1", 80));
  EXPECT_TRUE(allows(allowed, "172.31.255.255", 80));
  EXPECT_FALSE(allows(allowed, "172.32.0.0", 80));
  EXPECT_TRUE(allows(allowed, "fdff::1", 443));
  EXPECT_FALSE(allows(allowed, "fe00::1", 443));
  EXPECT_TRUE(allows(allowed, "192.168.1.129", 1));
  EXPECT_FALSE(allows(allowed, "192.168.1.127", 1));
}

TEST(AllowList, CoversRangesOfPorts) {
  const AllowList allowed = list({"10.0.0.1:1000-2000"});
  EXPECT_FALSE(allows(allowed, "10.0.0.1", 999));
  EXPECT_TRUE(allows(allowed, "10.0.0.1", 1000));
  EXPECT_TRUE(allows(allowed, "10.0.0.1", 2000));
  EXPECT_FALSE(allows(allowed, "10.0.0.1", 2001));
}

TEST(AllowList, CoversNamesWhateverTheirCaseAndADotAtTheEnd) {
  const AllowList allowed = list({"Intranet.Example.com.:80"});
  EXPECT_EQ(judge(allowed, "intranet.example.com", 80), Verdict::allowed);
  EXPECT_EQ(judge(allowed, "INTRANET.example.COM.", 80), Verdict::allowed);
  EXPECT_EQ(judge(allowed, "intranet.example.com", 81), Verdict::refused);
  EXPECT_EQ(judge(allowed, "intranet.example.org", 80), Verdict::refused);
  EXPECT_EQ(judge(allowed, "intranet.example.com..", 80), Verdict::refused);
  EXPECT_EQ(judge(allowed, "x.intranet.example.com", 80), Verdict::refused);
}

TEST(AllowList, CoversWhatIsBelowADomainButNotItself) {
  const AllowList allowed = list({"*.example.com:80"});
  EXPECT_EQ(judge(allowed, "a.example.com", 80), Verdict::allowed);
  EXPECT_EQ(judge(allowed, "a.b.Example.com.", 80), Verdict::allowed);
  EXPECT_EQ(judge(allowed, "example.com", 80), Verdict::refused);
  EXPECT_EQ(judge(allowed, ".example.com", 80), Verdict::refused);
  EXPECT_EQ(judge(allowed, "badexample.com", 80), Verdict::refused);
  EXPECT_EQ(judge(allowed, "a.example.com.evil", 80), Verdict::refused);
}

TEST(AllowList, OfEverythingCoversEverything) {
  const AllowList allowed = list({"*:*"});
  for (const char* host : {"any.name", "10.0.0.1", "fd00::1", "127.1", "localhost"}) {
    EXPECT_EQ(judge(allowed, host, 1), Verdict::allowed) << host;
  }
  EXPECT_EQ(judge(list({"*:22"}), "any.name", 23), Verdict::refused);
}

TEST(AllowList, LeavesOtherNamesToTheirAddressesIfThereAreAnyForThePort) {
  const AllowList allowed = list({"10.0.0.0/8:80", "web:443"});
  EXPECT_EQ(judge(allowed, "some.name", 80), Verdict::by_address);
  EXPECT_EQ(judge(allowed, "some.name", 443), Verdict::refused) << "looking it up could not help";
  EXPECT_EQ(judge(allowed, "some.name", 22), Verdict::refused);
}

TEST(AllowList, IsNotCircumventedByOddWaysToWriteAnAddress) {
  const AllowList allowed = list({"10.0.0.0/8:22"});
  // For this program these are names, for the resolver addresses: what they resolve to decides.
  for (const char* host : {"127.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.0.0.1.", "localhost"}) {
    EXPECT_EQ(judge(allowed, host, 22), Verdict::by_address) << host;
  }
  EXPECT_FALSE(allows(allowed, "127.0.0.1", 22));
  EXPECT_EQ(judge(allowed, "::ffff:127.0.0.1", 22), Verdict::refused);
  EXPECT_EQ(judge(allowed, "0.0.0.0", 22), Verdict::refused);
  EXPECT_EQ(judge(allowed, "::", 22), Verdict::refused);
}

TEST(AllowList, TakesIpv4WrittenAsIpv6ForIpv4) {
  EXPECT_EQ(judge(list({"10.0.0.0/8:22"}), "::ffff:10.1.2.3", 22), Verdict::allowed);
  EXPECT_EQ(judge(list({"[::]/0:22"}), "::ffff:127.0.0.1", 22), Verdict::refused)
      << "what covers all of IPv6 covers no IPv4";
  EXPECT_EQ(judge(list({"[::]/0:22"}), "127.0.0.1", 22), Verdict::refused);
  EXPECT_EQ(judge(list({"[::]/0:22"}), "fd00::1", 22), Verdict::allowed);
  EXPECT_EQ(judge(list({"0.0.0.0/0:22"}), "fd00::1", 22), Verdict::refused);
  EXPECT_EQ(judge(list({"0.0.0.0/0:22"}), "::ffff:9.9.9.9", 22), Verdict::allowed);
  EXPECT_EQ(judge(list({"[::ffff:10.0.0.0]/104:22"}), "10.1.2.3", 22), Verdict::allowed);
}

TEST(AllowList, LocalhostIsTheLoopbackAddressesAsWell) {
  const AllowList allowed = list({"localhost:22"});
  for (const char* host : {"localhost", "LOCALHOST.", "127.0.0.1", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_EQ(judge(allowed, host, 22), Verdict::allowed) << host;
  }
  EXPECT_EQ(judge(allowed, "127.0.0.2", 22), Verdict::refused);
  EXPECT_EQ(judge(allowed, "some.name", 22), Verdict::refused) << "which is not looked up for that";
  EXPECT_EQ(judge(list({"*.localhost:22"}), "127.0.0.1", 22), Verdict::refused);
}

TEST(AllowList, CoversAnyFreePortOnlyIfItSaysSo) {
  EXPECT_EQ(judge(list({"localhost:8080"}, AllowedTo::listen), "localhost", 0), Verdict::refused);
  EXPECT_EQ(judge(list({"localhost:0"}, AllowedTo::listen), "localhost", 0), Verdict::allowed);
  EXPECT_EQ(judge(list({"localhost:*"}, AllowedTo::listen), "localhost", 0), Verdict::allowed);
}

TEST(AllowList, OfADomainCoversNoAddressInAnySpelling) {
  const AllowList allowed = list({"*.lan:*", "lan:*", "web.example:*"});
  for (const auto& [text, address] : test::spellings()) {
    for (const std::string& host : {text, text + ".lan", text + ".lan."}) {
      if (!wire::is_host_name(host)) continue;
      const wire::Address wanted{host, 22};
      const Verdict verdict = allowed.judge(wanted);
      for (const asio::ip::address& known : known_addresses(host, Family::any)) {
        EXPECT_FALSE(allowed.permits(verdict, known, 22)) << host;
      }
      if (verdict == Verdict::allowed) {
        EXPECT_TRUE(is_name(host) && host.find_first_of(":%") == std::string::npos) << host;
      }
    }
  }
}

/// What a list of these permits, implemented a second time: as a set of addresses.
bool is_covered(const std::vector<std::string>& patterns, const asio::ip::address& address) {
  const std::string text = address.to_string();
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    if (pattern == "*:22") return true;
    if (pattern == "localhost:22") return text == "127.0.0.1" || text == "::1";
    if (pattern == "10.0.0.0/8:22") return address.is_v4() && text.starts_with("10.");
    if (pattern == "0.0.0.0/0:22") return address.is_v4();
    if (pattern == "0.0.0.0/8:22") return false;  // and the only one of it here is 0.0.0.0
    if (pattern == "[::]/0:22") return address.is_v6();
    if (pattern == "[::]/8:22") return text == "::1";
    if (pattern == "[fd00::]/8:22") return text == "fd00::7";
    if (pattern == "[::ffff:127.0.0.0]/104:22") return text == "127.0.0.1";
    return pattern == "192.168.0.1:22" && text == "192.168.0.1";
  });
}

TEST(AllowList, JudgesWhatIsConnectedToHoweverItIsWritten) {
  const std::vector<std::string> patterns = {"*:22",         "localhost:22",   "10.0.0.0/8:22",
                                             "0.0.0.0/0:22", "0.0.0.0/8:22",   "[::]/0:22",
                                             "[::]/8:22",    "[fd00::]/8:22",  "*.lan:22",
                                             "*.1:22",       "192.168.0.1:22", "[::ffff:127.0.0.0]/104:22"};
  const auto all = test::spellings();
  std::mt19937 random(1);
  std::size_t reached = 0;
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> chosen;
    for (const std::string& pattern : patterns) {
      if (pattern != "*.1:22" && random() % 5 == 0) chosen.push_back(pattern);
    }
    const AllowList allowed = list(chosen);
    for (const auto& [text, address] : all) {
      if (!wire::is_host_name(text)) continue;
      const Verdict verdict = allowed.judge({text, 22});
      for (const asio::ip::address& known : known_addresses(text, Family::any)) {
        const bool covered = is_covered(chosen, asio::ip::make_address(host_text(to_address(known, 0))));
        ASSERT_EQ(allowed.permits(verdict, known, 22), covered)
            << text << " by " << fmt::format("{}", fmt::join(chosen, ", "));
        ++reached;
      }
    }
  }
  EXPECT_GT(reached, 10'000U);
}

TEST(AllowList, NamesThatAreAllowedLeadAnywhereButToNoHost) {
  const AllowList allowed = list({"board.lan:22"});
  const Verdict verdict = allowed.judge({"board.lan", 22});
  EXPECT_TRUE(allowed.permits(verdict, asio::ip::make_address("10.0.0.1"), 22));
  EXPECT_TRUE(allowed.permits(verdict, asio::ip::make_address("::1"), 22));
  for (const char* text : {"0.0.0.0", "::", "::ffff:0.0.0.0"})
    EXPECT_FALSE(allowed.permits(verdict, asio::ip::make_address(text), 22)) << text;
  EXPECT_FALSE(allowed.permits(Verdict::refused, asio::ip::make_address("10.0.0.1"), 22));
}

TEST(AllowList, OfANetworkDoesNotCoverEveryInterface) {
  for (const char* text : {"0.0.0.0/8:22", "[::]/8:22", "[::]/127:22", "0.0.0.0/1:22"}) {
    EXPECT_FALSE(allows(list({text}, AllowedTo::listen), "0.0.0.0", 22)) << text;
    EXPECT_FALSE(allows(list({text}, AllowedTo::listen), "::", 22)) << text;
  }
  EXPECT_TRUE(allows(list({"0.0.0.0:22"}), "0.0.0.0", 22));
  EXPECT_TRUE(allows(list({"0.0.0.0/0:22"}), "0.0.0.0", 22));
  EXPECT_TRUE(allows(list({"[::]:22"}), "::", 22));
  EXPECT_TRUE(allows(list({"*:22"}), "::", 22));
}

TEST(AllowPatterns, ThatAreNoneSayWhatIsExpected) {
  for (const char* text : {"",
                           "10.0.0.1",
                           ":22",
                           "[::1]",
                           "10.0.0.0/8",
                           "a b:22",
                           "*.:22",
                           "*x.com:22",
                           "a.*:22",
                           "a..:22",
                           "127.1:22",
                           "*.1:22",
                           "2130706433:22",
                           "0x7f.0x1:22",
                           "[10.0.0.1]:22",
                           "[x]:22",
                           "[::1:22",
                           "[]:22",
                           "10.0.0.256:22",
                           "10.0.0.0.0/8:22",
                           "[fe80::1%1]:22",
                           "name/8:22",
                           "\n:22"}) {
    EXPECT_NE(complaint(text).find(
                  "is not HOST:PORT: HOST is a name, *.example.com, an address, a network such as "
                  "10.0.0.0/8 or [fd00::]/8, or *; PORT is a number, a range such as 1-1024, or *"),
              std::string::npos)
        << text << ": " << complaint(text);
  }
  EXPECT_NE(complaint("fd00::1:22").find("write IPv6 addresses in brackets"), std::string::npos);
  EXPECT_NE(complaint("10.0.0.1/8:22").find("bits after the prefix are not 0"), std::string::npos);
  for (const char* text : {"10.0.0.0/33:22", "[fd00::]/129:22", "10.0.0.0/:22", "10.0.0.0/x:22"}) {
    EXPECT_NE(complaint(text).find("is not the length of a network's prefix"), std::string::npos) << text;
  }
  for (const char* port : {"x:", "x:0", "x:65536", "x:5-1", "x:1-", "x:-1", "x:1-2-3", "x: 1", "x:**"}) {
    EXPECT_NE(complaint(port).find("is not a port"), std::string::npos) << port;
  }
}

TEST(AllowPatterns, MayHaveNamesThatBeginWithADigitOrHaveUnderscores) {
  for (const char* text : {"3com.example:22", "3dprinter:80", "my_host-1.lan:80", "0xen.example:1"}) {
    EXPECT_EQ(complaint(text), "(none)") << text;
  }
}

}  // namespace
}  // namespace serialtcp::io
