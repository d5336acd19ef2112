// -L, -R, --allow and --allow-listen: their meaning, and the messages for mistakes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "cli/options.h"
#include "net/address.h"

namespace serialtcp::cli {
namespace {

/// Words separated by blanks.
Parsed parse(const std::string& line) {
  std::istringstream words(line);
  const std::vector<std::string> list{std::istream_iterator<std::string>(words), {}};
  std::vector<const char*> pointers;
  for (const std::string& word : list) pointers.push_back(word.c_str());
  return parse_options(pointers);
}

LinkOptions good(const std::string& line) {
  const auto parsed = parse(line);
  if (parsed) return parsed->link;
  const auto* error = std::get_if<UsageError>(&parsed.error());
  ADD_FAILURE() << line << ": " << (error != nullptr ? error->text : "answered instead");
  return {};
}

std::string complaint(const std::string& line) {
  const auto parsed = parse(line);
  if (parsed) return "(none)";
  const auto* error = std::get_if<UsageError>(&parsed.error());
  return error != nullptr ? error->text : "(answered)";
}

/// "LISTEN -> TO".
std::string local(const std::string& line) {
  const LinkOptions link = good(line);
  if (link.local_forwards.size() != 1) return "";
  return io::to_string(link.local_forwards[0].listen) + " -> " + io::to_string(link.local_forwards[0].to);
}

TEST(ForwardOptions, AreWrittenAsForSsh) {
  EXPECT_EQ(local("-L 8080:192.168.0.1:80 x"), "localhost:8080 -> 192.168.0.1:80");
  EXPECT_EQ(local("-L8080:web:80 x"), "localhost:8080 -> web:80");
  EXPECT_EQ(local("-L 10.0.0.1:8080:web:80 x"), "10.0.0.1:8080 -> web:80");
  EXPECT_EQ(local("-L name:0:web:80 x"), "name:0 -> web:80");
  EXPECT_EQ(local("-L [::1]:8080:[fd00::1]:80 x"), "[::1]:8080 -> [fd00::1]:80");
  EXPECT_EQ(local("-L 8080:[fd00::1]:80 x"), "localhost:8080 -> [fd00::1]:80");
  EXPECT_EQ(local("-L 8080:localhost:80 -6 x"), "[::1]:8080 -> localhost:80");
  for (const char* all : {"-L :8080:web:80 x", "-L *:8080:web:80 x"}) {
    EXPECT_EQ(local(all), "*:8080 -> web:80") << all;
    EXPECT_EQ(local(std::string(all) + " -4"), "0.0.0.0:8080 -> web:80") << all;
    EXPECT_EQ(local(std::string(all) + " -6"), "[::]:8080 -> web:80") << all;
  }
}

std::string dynamic(const std::string& line) {
  const LinkOptions link = good(line);
  return link.dynamic_forwards.size() == 1 ? io::to_string(link.dynamic_forwards[0]) : "";
}

TEST(ForwardOptions, ForSocksClientsSayOnlyWhereToListen) {
  EXPECT_EQ(dynamic("-D 1080 x"), "localhost:1080");
  EXPECT_EQ(dynamic("-D1080 x -6"), "[::1]:1080");
  EXPECT_EQ(dynamic("--dynamic-forward *:0 x"), "*:0");
  EXPECT_EQ(dynamic("-D1080 x -4"), "127.0.0.1:1080");
  EXPECT_EQ(dynamic("-D [::1]:1080 x"), "[::1]:1080");
  EXPECT_EQ(complaint("-D 1:2:3 x"),
            "argument --dynamic-forward: '1:2:3' is not [BIND_ADDRESS:]PORT, as in 1080; IPv6 addresses are "
            "written in brackets");
  EXPECT_EQ(complaint("-D 70000 x"),
            "argument --dynamic-forward: '70000' is not a port, a number from 0 (any) to 65535");
  EXPECT_EQ(complaint("-D [x]:1 x"),
            "argument --dynamic-forward: '[x]' is not a host: a name, or an address, IPv6 in brackets, is "
            "expected");
}

TEST(ForwardOptions, AreRepeatedAndStandAlone) {
  const LinkOptions link = good("-L 1:a:2 -L 3:b:4 -R 5:c:6 --allow *:* --allow a:1 --allow-listen *:0 x");
  EXPECT_EQ(link.local_forwards.size(), 2U);
  ASSERT_EQ(link.remote_forwards.size(), 1U);
  EXPECT_EQ(io::to_string(link.remote_forwards[0].listen), "localhost:5");
  EXPECT_EQ(link.allowed.size(), 2U);
  EXPECT_EQ(link.allowed_listen.size(), 1U);
  for (const char* alone : {"-L 1:a:2 x", "-R 1:a:2 x", "-D 1 x", "--allow a:1 x", "--allow-listen a:1 x"})
    good(alone);
}

TEST(ForwardOptions, ThatAreMalformedSayWhatIsExpected) {
  constexpr std::string_view kExpected =
      "is not [BIND_ADDRESS:]PORT:HOST:HOSTPORT, as in 8080:192.168.0.1:80; IPv6 addresses are written in "
      "brackets";
  for (const char* text :
       {"8080", "8080:web", "a:1:b:2:c", "::1:8080:web:80", "8080:fd00::1:80", "[::1:80"}) {
    EXPECT_EQ(complaint(std::string("-L ") + text + " x"),
              fmt::format("argument --local-forward: '{}' {}", text, kExpected));
  }
  for (const char* text : {"1::2", "1:[]:2", "[x]:1:a:2", "[::1:1]x:1:a:2", "1:a]:2", "1:[1.2.3.4]:2"}) {
    EXPECT_NE(complaint(std::string("-R ") + text + " x").find("is not a host: a name, or an address"),
              std::string::npos)
        << text;
  }
  EXPECT_EQ(complaint("-L 99999:a:1 x"),
            "argument --local-forward: '99999' is not a port, a number from 0 (any) to 65535");
  EXPECT_EQ(complaint("-R 1:a:0 x"),
            "argument --remote-forward: '0' is not a port, a number from 1 to 65535");
  EXPECT_NE(complaint("--allow 10.0.0.1 x").find("argument --allow: '10.0.0.1' is not HOST:PORT"),
            std::string::npos);
  EXPECT_NE(complaint("--allow-listen x x").find("argument --allow-listen: 'x' is not HOST:PORT"),
            std::string::npos);
}

TEST(ForwardOptions, AreBoundedInNumber) {
  const auto many = [](const std::string& option, std::size_t count) {
    std::string line = "x";
    for (std::size_t i = 0; i < count; ++i) line += option;
    return line;
  };
  for (const auto& [option, most, name] :
       {std::tuple(" -L 0:a:1", kMaxForwards, "--local-forward"),
        std::tuple(" -R 0:a:1", kMaxForwards, "--remote-forward"),
        std::tuple(" -D 0", kMaxForwards, "--dynamic-forward"),
        std::tuple(" --allow a:1", kMaxAllowPatterns, "--allow"),
        std::tuple(" --allow-listen a:1", kMaxAllowPatterns, "--allow-listen")}) {
    good(many(option, most));
    EXPECT_EQ(complaint(many(option, most + 1)),
              fmt::format("too many {1} ({0}): one end can have up to {2}", most + 1, name, most));
  }
}

TEST(ForwardOptions, AreNotForTheOriginalsProtocol) {
  for (const char* one : {"-L 1:a:2", "-R 1:a:2", "-D 1", "--allow a:1", "--allow-listen a:1"}) {
    EXPECT_NE(complaint(std::string("--protocol original x ") + one)
                  .find("--protocol original excludes --local-forward"),
              std::string::npos)
        << one;
  }
}

EndpointConfig endpoint(const std::string& line) {
  const LinkOptions link = good(line);
  EndpointConfig config;
  config.role = original_role(link);
  config.services = service_names(link.servers, link.clients);
  config.forwards = forward_roles(link);
  return config;
}

bool fitting(const std::string& one, const std::string& other) {
  return fit(roles(endpoint(one)), roles(endpoint(other)));
}

TEST(ForwardOptions, MakeEndsThatCanServeEachOther) {
  EXPECT_TRUE(fitting("-L 1:a:2 x", "--allow a:2 x"));
  EXPECT_TRUE(fitting("-R 1:a:2 x", "--allow-listen *:1 x"));
  EXPECT_TRUE(fitting("-L 1:a:2 x", "-c a:2 x")) << "which then says what it does not allow";
  EXPECT_TRUE(fitting("-s 1 x", "-c a:2 --allow a:1 x"));
  EXPECT_FALSE(fitting("-L 1:a:2 x", "-L 1:a:2 x"));
  EXPECT_FALSE(fitting("-s 1 x", "-L 1:a:2 x"));
  EXPECT_FALSE(fitting("--allow a:1 x", "-c a:1 x"));
}

TEST(ForwardOptions, DecideTheRoleInTheOriginalsProtocolOnlyIfNothingElseDoes) {
  EXPECT_EQ(endpoint("-L 1:a:2 x").role, Role::server);
  EXPECT_EQ(endpoint("--allow a:2 x").role, Role::client);
  EXPECT_EQ(endpoint("-L 1:a:2 -c b:1 x").role, Role::client);
  EXPECT_EQ(endpoint("--allow a:2 -s 1 x").role, Role::server);
  EXPECT_EQ(endpoint("-L 1:a:2 -c web=b:1 x").role, Role::client);
  EXPECT_EQ(endpoint("--allow a:2 -s web=1 x").role, Role::server);
}

}  // namespace
}  // namespace serialtcp::cli
