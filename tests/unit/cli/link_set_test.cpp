// The links of a program while its configuration changes. What was started is released in every order of
// events, and what follows finds its devices, ports and paths free.
#include "cli/link_set.h"

#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/prng.h"
#include "os/descriptor_sink_posix.h"
#include "shell_fixture.h"

using GetAddrInfo = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

/// "d200.late.test" does not exist, which takes 200 ms to find out; "d200.found.test" is 127.0.0.1, after the
/// same time. Other names are resolved by the system.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  static const auto real = reinterpret_cast<GetAddrInfo>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string name = node == nullptr ? "" : node;
  const bool late = name.ends_with(".late.test");
  const bool found = name.ends_with(".found.test");
  if (!late && !found) return real(node, service, hints, result);
  std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(name.substr(1))));
  return late ? EAI_NONAME : real("127.0.0.1", service, hints, result);
}

namespace serialtcp::cli {
namespace {

using namespace std::chrono_literals;

/// Ports that are free; they are listened on again and again, so they have to be released each time.
class Ports {
 public:
  explicit Ports(io::asio::io_context& context, std::size_t count) {
    std::vector<io::tcp::acceptor> taken;
    for (std::size_t i = 0; i < count; ++i) {
      taken.emplace_back(context, io::tcp::endpoint(io::asio::ip::address_v4::loopback(), 0));
      ports_.push_back(taken.back().local_endpoint().port());
    }
  }
  std::uint16_t operator[](std::size_t index) const { return ports_.at(index); }

 private:
  std::vector<std::uint16_t> ports_;
};

struct LinkSetTest : testing::Test {
  LinkSetTest() : folder(std::filesystem::path(testing::TempDir()) / fmt::format("links{}", ::getpid())) {
    std::filesystem::create_directories(folder);
    options.config_file = "links.toml";
  }
  ~LinkSetTest() override { std::filesystem::remove_all(folder); }

  static Configuration config(const std::string& text) {
    auto parsed = parse_config(text);
    EXPECT_TRUE(parsed) << text << "\n" << (parsed ? "" : parsed.error().front().text);
    return parsed ? *parsed : Configuration{};
  }

  void run_for(std::chrono::milliseconds time) {
    context.restart();
    context.run_for(time);
  }

  bool accepts(std::uint16_t port) {
    io::tcp::socket socket(context);
    io::ErrorCode error;
    socket.connect({io::asio::ip::address_v4::loopback(), port}, error);
    return !error;
  }

  /// A file for the log, which can be read back.
  struct LogFile {
    std::FILE* file = std::tmpfile();
    ~LogFile() { std::fclose(file); }
    std::string text() const {
      std::string all(1 << 20, '\0');
      all.resize(
          static_cast<std::size_t>(std::max<ssize_t>(0, ::pread(::fileno(file), all.data(), all.size(), 0))));
      return all;
    }
  };

  std::filesystem::path folder;
  RunOptions options;
  LogFile log_file;
  Log log = Log::to(io::descriptor_sink(::fileno(log_file.file)));
  io::asio::io_context context;
};

std::string plain_link(std::uint16_t port) {
  return fmt::format("[[link]]\nname = \"plain\"\nport = \"loop://\"\nserver = {}\n", port);
}

TEST_F(LinkSetTest, ALinkWithoutItsDeviceWhoseListeningNameFailsLateHarmsNobody) {
  const Ports ports(context, 2);
  for (const int delay : {0, 140, 150, 160, 300}) {
    SCOPED_TRACE(delay);
    LinkSet links(context, log, options);
    links.start(config(plain_link(ports[0])));
    run_for(20ms);
    links.reload(
        config(plain_link(ports[0]) +
               fmt::format("[[link]]\nname = \"late\"\nport = \"/no/such\"\nserver = \"d{}.late.test:{}\"\n",
                           delay, ports[1])));
    run_for(std::chrono::milliseconds(delay + 300));
    EXPECT_EQ(links.size(), 2U);
    EXPECT_EQ(links.standing().waiting, 1U);
    EXPECT_FALSE(links.status());
    EXPECT_TRUE(accepts(ports[0]));
    links.stop(0);
    EXPECT_TRUE(io::run_until(context, [&] { return links.status().has_value(); }));
    EXPECT_EQ(links.status(), 0);
  }
}

TEST_F(LinkSetTest, ALinkThatCannotStartEndsTheOthersAtTheStartIfThatIsAskedFor) {
  const Ports ports(context, 2);
  LinkSet links(context, log, options);
  links.start(
      config("strict-start = true\n" + plain_link(ports[0]) +
             fmt::format("[[link]]\nname = \"late\"\nport = \"/no/such\"\nserver = \"d200.late.test:{}\"\n",
                         ports[1])));
  EXPECT_TRUE(io::run_until(context, [&] { return links.status().has_value(); }));
  EXPECT_EQ(links.status(), 1);
  EXPECT_EQ(links.size(), 0U);
  run_for(300ms);
}

TEST_F(LinkSetTest, EveryKindOfListenerIsFreeWhenItsLinkIsReplaced) {
  const Ports ports(context, 4);
  LinkSet links(context, log, options);
  for (int timeout = 10; timeout < 14; ++timeout) {
    SCOPED_TRACE(timeout);
    const auto changed =
        config(fmt::format("[[link]]\nport = \"loop://\"\nserver = [{}, \"u=udp:{}\", "
                           "\"x=unix:{}\"]\nlocal-forward = \"{}:h:1\"\n"
                           "dynamic-forward = {}\ntimeout = {}\n",
                           ports[0], ports[1], (folder / "s").string(), ports[2], ports[3], timeout));
    if (timeout == 10) {
      links.start(changed);
    } else {
      EXPECT_EQ(links.reload(changed).unchanged, 0U);
    }
    // Not before the old one has ended.
    EXPECT_TRUE(io::run_until(context, [&] { return links.size() == 1 && accepts(ports[3]); }));
    EXPECT_FALSE(links.status());
    for (const std::size_t tcp : {0U, 2U, 3U}) EXPECT_TRUE(accepts(ports[tcp]));
    EXPECT_TRUE(std::filesystem::is_socket(folder / "s"));
  }
  EXPECT_EQ(log_file.text().find("Could not"), std::string::npos) << log_file.text();
}

TEST_F(LinkSetTest, ALinkWhoseNameAloneHasChangedGoesOn) {
  const Ports ports(context, 1);
  LinkSet links(context, log, options);
  links.start(config(plain_link(ports[0])));
  run_for(20ms);
  const std::string before = log_file.text();
  std::string renamed = plain_link(ports[0]);
  renamed.replace(renamed.find("plain"), 5, "other");
  links.reload(config(renamed + "no-wait = true\n"));
  run_for(50ms);
  EXPECT_NE(log_file.text().find("1 of 1 links are unchanged"), std::string::npos);
  EXPECT_EQ(log_file.text().find("listening", before.size()), std::string::npos) << "it was started again";
}

/// A link on a loop that listens at a port, and more.
std::string other_link(std::uint16_t port, const std::string& more = "") {
  return fmt::format("[[link]]\nname = \"other\"\nport = \"loop://\"\nserver = {}\n{}", port, more);
}

TEST_F(LinkSetTest, ALinkThatCannotStartIsTriedAgainWhileTheOthersRun) {
  const Ports ports(context, 2);
  std::optional<io::tcp::acceptor> other_program(
      std::in_place, context, io::tcp::endpoint(io::asio::ip::address_v4::loopback(), ports[1]));
  LinkSet links(context, log, options);
  links.start(config(plain_link(ports[0]) + other_link(ports[1])));
  run_for(20ms);
  EXPECT_FALSE(links.status());
  EXPECT_TRUE(accepts(ports[0]));
  EXPECT_TRUE(links.standing().listening) << "each was started, or could not be";
  EXPECT_EQ(links.standing().waiting, 1U);
  const control::LinkStatus status = links.links().back()->status(0, 0);
  EXPECT_EQ(status.name, "other");
  EXPECT_EQ(status.state, "cannot start");
  EXPECT_NE(status.trouble.find("Could not listen on"), std::string::npos) << status.trouble;
  ASSERT_TRUE(status.retry_seconds);
  EXPECT_LE(*status.retry_seconds, 1.0);
  EXPECT_NE(log_file.text().find("trying again in 1 s"), std::string::npos) << log_file.text();

  other_program.reset();
  EXPECT_TRUE(io::run_until(context, [&] { return links.standing().waiting == 0 && accepts(ports[1]); }))
      << log_file.text();
  EXPECT_EQ(links.links().back()->status(0, 0).retry_seconds, std::nullopt);
  EXPECT_NE(log_file.text().find("other: started after"), std::string::npos) << log_file.text();
  links.stop(0);
  EXPECT_TRUE(io::run_until(context, [&] { return links.status().has_value(); }));
  EXPECT_EQ(links.status(), 0);
}

TEST_F(LinkSetTest, AReloadTriesALinkThatCannotStartAtOnceAndCanChangeOrRemoveIt) {
  const Ports ports(context, 3);
  const std::string key = (folder / "cable.key").string();
  const std::string sealed = fmt::format("key = \"{}\"\n", key);
  LinkSet links(context, log, options);
  links.start(config(plain_link(ports[0]) + other_link(ports[1], sealed)));
  run_for(20ms);
  EXPECT_EQ(links.standing().waiting, 1U);
  EXPECT_FALSE(accepts(ports[1])) << "it must not start without its key";
  const std::array<Byte, Key::kSize> bytes{};
  ASSERT_TRUE(io::write_key_file(key, Key(bytes)));
  EXPECT_EQ(links.reload(config(plain_link(ports[0]) + other_link(ports[1], sealed))).unchanged, 2U);
  run_for(100ms);
  EXPECT_EQ(links.standing().waiting, 0U) << log_file.text();
  EXPECT_TRUE(accepts(ports[1]));

  const std::string broken = "key = \"/no/such.key\"\n";
  links.reload(config(plain_link(ports[0])));
  EXPECT_TRUE(io::run_until(context, [&] { return links.size() == 1; }));
  links.reload(config(plain_link(ports[0]) + other_link(ports[1], broken)));
  run_for(20ms);
  EXPECT_EQ(links.standing().waiting, 1U);
  links.reload(config(plain_link(ports[0]) + other_link(ports[2])));
  run_for(50ms);
  EXPECT_EQ(links.standing().waiting, 0U);
  EXPECT_TRUE(accepts(ports[2]));
  EXPECT_NE(log_file.text().find("link other has changed"), std::string::npos) << log_file.text();
  EXPECT_EQ(links.size(), 2U);
}

TEST_F(LinkSetTest, TheTimeForAFirstLinkEndsOneThatCannotStart) {
  const Ports ports(context, 1);
  LinkSet links(context, log, options);
  links.start(config(other_link(ports[0], "key = \"/no/such.key\"\nsync-timeout = 0.3\n")));
  EXPECT_TRUE(io::run_until(context, [&] { return links.status().has_value(); }));
  EXPECT_EQ(links.status(), 2) << "as without an answer of the other end";
}

TEST_F(LinkSetTest, WhatMakesAllLinksNecessaryAtTheStart) {
  const Ports ports(context, 1);
  const auto status_of = [&](const RunOptions& given, const std::string& text) {
    LinkSet links(context, log, given);
    links.start(config(text));
    run_for(20ms);
    const std::optional<int> status = links.status();
    links.stop(0);
    EXPECT_TRUE(io::run_until(context, [&] { return links.status().has_value(); }));
    return status;
  };
  const std::string broken = other_link(ports[0], "key = \"/no/such.key\"\n");
  EXPECT_EQ(status_of(options, broken), std::nullopt);
  EXPECT_EQ(status_of(options, "strict-start = true\n" + broken), 1);
  EXPECT_EQ(status_of(options, broken + "no-wait = true\n"), std::nullopt) << "that is about the port";
  RunOptions strict = options;
  strict.start = RunOptions::Start::strict;
  EXPECT_EQ(status_of(strict, broken), 1);
  RunOptions without_file = options;
  without_file.config_file.reset();
  EXPECT_EQ(status_of(without_file, broken), 1);
  const std::string missing =
      fmt::format("[[link]]\nport = \"/no/such\"\nserver = {}\nno-wait = true\n", ports[0]);
  EXPECT_EQ(status_of(options, missing), 1);
}

// ---- Links that cannot be replaced ----

TEST_F(LinkSetTest, ALinkThatCannotBeReplacedStaysAsItIsAndTheReasonIsTold) {
  const Ports ports(context, 4);
  const io::tcp::acceptor other_program(context,
                                        io::tcp::endpoint(io::asio::ip::address_v4::loopback(), ports[2]));
  LinkSet links(context, log, options);
  links.start(config(plain_link(ports[0]) + other_link(ports[1])));
  run_for(20ms);
  const std::string folder_name = folder.string();
  const auto link_on = [&](const std::string& port, const std::string& server) {
    return fmt::format("[[link]]\nname = \"other\"\nport = \"{}\"\nserver = \"{}\"\n", port, server);
  };
  const std::string free_port = fmt::format("{}", ports[3]);
  const std::pair<std::string, std::string> cannot[] = {
      {other_link(ports[3], "key = \"/no/such.key\"\n"), "Could not use the key file /no/such.key"},
      {other_link(ports[2]), "another program listens there already"},
      {other_link(ports[3], fmt::format("dynamic-forward = {}\n", ports[2])), "Could not listen on"},
      {link_on("loop://", "192.0.2.1:80"), "this machine does not have that address"},
      {link_on("loop://", "udp:192.0.2.1:80"), "this machine does not have that address"},
      {link_on("loop://", "unix:/no/such/folder/socket"), "there is no such folder"},
      {link_on("nonsense://x", free_port), "nonsense:// is not supported"},
      {link_on(folder_name, free_port), "it is a directory"},
      {link_on("/dev/null", free_port), "it is not a serial port"},
      {link_on("COM3", free_port), "'COM3' is no serial port"},
      {link_on("socket://", free_port), "Could not open serial port socket://"},
  };
  for (const auto& [text, why] : cannot) {
    SCOPED_TRACE(text);
    const std::size_t before = log_file.text().size();
    const auto reloaded = links.reload(config(plain_link(ports[0]) + text));
    EXPECT_EQ(reloaded.links, 2U);
    EXPECT_EQ(reloaded.unchanged, 1U);
    ASSERT_EQ(reloaded.not_replaced.size(), 1U);
    EXPECT_EQ(reloaded.not_replaced.front().link, "other");
    EXPECT_NE(reloaded.not_replaced.front().why.find(why), std::string::npos)
        << reloaded.not_replaced.front().why;
    EXPECT_NE(log_file.text().find("link other was not replaced", before), std::string::npos);
    run_for(10ms);
    EXPECT_TRUE(accepts(ports[1])) << "it goes on";
    EXPECT_EQ(links.standing().waiting, 0U);
  }
  EXPECT_TRUE(links.reload(config(plain_link(ports[0]) + other_link(ports[3]))).not_replaced.empty());
  EXPECT_TRUE(io::run_until(context, [&] { return links.size() == 2 && accepts(ports[3]); }));
  EXPECT_FALSE(accepts(ports[1]));
}

TEST_F(LinkSetTest, ALinkThatNeedsWhatOneThatStaysHasStaysToo) {
  const Ports ports(context, 3);
  const auto link = [](std::string_view name, std::uint16_t port, std::string_view more = "") {
    // With different options, so that none is another one by another name.
    return fmt::format("[[link]]\nname = \"{}\"\nport = \"loop://\"\nserver = {}\nhold = {}\n{}", name, port,
                       static_cast<int>(name.front()), more);
  };
  LinkSet links(context, log, options);
  links.start(config(link("a", ports[0]) + link("b", ports[1]) + link("c", ports[2])));
  run_for(20ms);
  // Each gets the port of the next one, and the last one has no key.
  const std::string broken = "key = \"/no/such.key\"\n";
  const auto reloaded =
      links.reload(config(link("a", ports[1]) + link("b", ports[2]) + link("c", ports[0], broken)));
  ASSERT_EQ(reloaded.not_replaced.size(), 3U);
  EXPECT_EQ(reloaded.not_replaced.front().link, "c");
  EXPECT_NE(reloaded.not_replaced.back().why.find("it would listen where the link"), std::string::npos);
  run_for(20ms);
  for (const std::size_t port : {0U, 1U, 2U}) EXPECT_TRUE(accepts(ports[port]));
  EXPECT_EQ(log_file.text().find("cannot start"), std::string::npos) << log_file.text();

  const auto rotated = links.reload(config(link("a", ports[1]) + link("b", ports[2]) + link("c", ports[0])));
  EXPECT_TRUE(rotated.not_replaced.empty()) << rotated.not_replaced.front().why;
  EXPECT_TRUE(io::run_until(context, [&] {
    return links.size() == 3 && accepts(ports[0]) && accepts(ports[1]) && accepts(ports[2]);
  }));
  EXPECT_EQ(links.standing().waiting, 0U);
}

TEST_F(LinkSetTest, ARenamedLinkIsTheOneWithTheSameDeviceAndANewLinkReplacesNone) {
  const Ports ports(context, 2);
  const auto link = [&](std::string_view name, std::size_t port, std::string_view more = "") {
    return fmt::format("[[link]]\nname = \"{}\"\nport = \"/no/such/device\"\nserver = {}\n{}", name,
                       ports[port], more);
  };
  const std::string broken = "key = \"/no/such.key\"\n";
  LinkSet links(context, log, options);
  links.start(config(link("before", 0)));
  run_for(20ms);
  const auto reloaded = links.reload(config(link("after", 0, broken)));
  ASSERT_EQ(reloaded.not_replaced.size(), 1U);
  EXPECT_EQ(reloaded.not_replaced.front().link, "before");
  EXPECT_TRUE(accepts(ports[0]));
  EXPECT_TRUE(links.reload(config(link("before", 0) + other_link(ports[1], broken))).not_replaced.empty());
  run_for(20ms);
  EXPECT_EQ(links.standing().waiting, 1U) << "a new link is tried again";
  EXPECT_TRUE(accepts(ports[0]));
}

TEST_F(LinkSetTest, ALinkThatIsEndingAlreadyIsNotKept) {
  const Ports ports(context, 2);
  LinkSet links(context, log, options);
  links.start(config(plain_link(ports[0]) + other_link(ports[1])));
  run_for(20ms);
  links.reload(config(plain_link(ports[0])));  // `other` begins to end
  const auto reloaded =
      links.reload(config(plain_link(ports[0]) + other_link(ports[1], "key = \"/no/such.key\"\n")));
  EXPECT_TRUE(reloaded.not_replaced.empty());
  EXPECT_TRUE(io::run_until(context, [&] { return links.standing().waiting == 1; }));
  EXPECT_FALSE(accepts(ports[1]));
}

// ---- Random sequences ----

/// Links of every kind, some of which cannot work.
class RandomLinks {
 public:
  RandomLinks(std::uint64_t seed, const Ports& ports, std::filesystem::path folder)
      : random_(seed), ports_(ports), folder_(std::move(folder)) {}

  std::string config() {
    std::string text;
    for (std::size_t i = 0; i < kLinks; ++i) {
      if (text.empty() || random_.chance(0.7)) text += link(i);
    }
    return text;
  }
  std::chrono::milliseconds pause() {
    return std::chrono::milliseconds(random_.chance(0.3) ? 0 : 1 + random_.below(250));
  }

  static constexpr std::size_t kLinks = 3;
  static constexpr std::size_t kPortsOfLink = 5;

 private:
  template <std::size_t N>
  std::string pick(const std::array<const char*, N>& choices) {
    return choices.at(random_.below(N));
  }

  std::string link(std::size_t index) {
    static constexpr std::array kDevices = {"loop://",
                                            "loop://",
                                            "/no/such/device",
                                            "/dev/null",
                                            "socket://127.0.0.1:1",
                                            "socket://d50.late.test:1"};
    std::string device = pick(kDevices);
    if (device.front() == '/') device += fmt::format("{}", index);
    if (device.starts_with("socket")) device += fmt::format("{}", index);
    std::string text = fmt::format("[[link]]\nname = \"l{}\"\nport = \"{}\"\n", index, device);
    const auto port = [&](std::size_t one) { return ports_[index * kPortsOfLink + one]; };
    text += fmt::format("server = [\"t={}{}\", \"u=udp:{}\", \"x=unix:{}\"]\n", host(), port(0), port(1),
                        (folder_ / fmt::format("s{}", index)).string());
    if (random_.chance(0.5)) text += "client = [\"e=exec:cat\", \"c=d30.found.test:1\"]\n";
    if (random_.chance(0.7)) text += fmt::format("local-forward = \"{}{}:h:1\"\n", host(), port(2));
    if (random_.chance(0.7)) text += fmt::format("dynamic-forward = \"{}{}\"\n", host(), port(3));
    if (random_.chance(0.5)) text += fmt::format("remote-forward = \"0:localhost:{}\"\n", port(4));
    if (random_.chance(0.5)) text += "allow = \"*:*\"\nallow-listen = \"*:*\"\n";
    if (random_.chance(0.2)) text += "sync-timeout = 0.1\n";
    if (random_.chance(0.2)) text += "no-wait = true\n";
    if (random_.chance(0.5)) text += fmt::format("timeout = {}\n", 1 + random_.below(5));
    return text;
  }

  std::string host() {
    static constexpr std::array kHosts = {
        "", "", "", "d20.found.test:", "d200.late.test:", "d160.late.test:"};
    return pick(kHosts);
  }

  base::Prng random_;
  const Ports& ports_;
  std::filesystem::path folder_;
};

TEST_F(LinkSetTest, RandomConfigurationsOneAfterTheOther) {
  const char* const given = std::getenv("SERIALTCP_SEEDS");  // FIRST:COUNT, as for the scenario tests
  const std::string seeds = given != nullptr ? given : "1:6";
  const std::uint64_t first = std::stoull(seeds);
  const std::uint64_t count = std::stoull(seeds.substr(seeds.find(':') + 1));
  const Ports ports(context, RandomLinks::kLinks * RandomLinks::kPortsOfLink + 1);
  const std::uint16_t own_port = ports[RandomLinks::kLinks * RandomLinks::kPortsOfLink];
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE(fmt::format("SERIALTCP_SEEDS={}:1", seed));
    RandomLinks random(seed, ports, folder);
    LinkSet links(context, log, options);
    links.start(config(plain_link(own_port)));
    for (int change = 0; change < 6; ++change) {
      links.reload(config(plain_link(own_port) + random.config()));
      run_for(random.pause());
      ASSERT_TRUE(accepts(own_port)) << "the link that stays is disturbed";
    }
    // Whatever was there before: this can start.
    links.reload(
        config(plain_link(own_port) +
               fmt::format("[[link]]\nname = \"last\"\nport = \"loop://\"\nserver = [{}, \"x=unix:{}\"]\n"
                           "local-forward = \"{}:h:1\"\ndynamic-forward = {}\n",
                           ports[0], (folder / "s0").string(), ports[2], ports[3])));
    EXPECT_TRUE(io::run_until(context, [&] {
      return links.size() == 2 && accepts(ports[3]) && links.standing().waiting == 0;
    })) << log_file.text();
    EXPECT_TRUE(accepts(ports[0]) && accepts(ports[2]));
    if (seed % 3 == 0) continue;  // ends without a goodbye
    links.stop(0);
    EXPECT_TRUE(io::run_until(context, [&] { return links.status().has_value(); }));
    EXPECT_EQ(links.size(), 0U);
  }
  run_for(300ms);  // handlers that are still queued have no object any more
}

}  // namespace
}  // namespace serialtcp::cli
