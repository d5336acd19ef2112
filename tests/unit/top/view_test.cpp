// What the screen shows, in every size, and that nothing of what others send can leave its place.
#include "top/view.h"

#include <gtest/gtest.h>

#include "base/prng.h"
#include "top/rows.h"

namespace serialtcp::top {
namespace {

using K = KeyPress::Key;

std::string text_of(const Screen& screen) {
  std::string text;
  for (std::size_t y = 0; y < screen.size().height; ++y) text += screen.line(y) + "\n";
  return text;
}

std::string shown(const Model& model, Browser& browser, Size size) {
  return text_of(draw(model, browser, {}, size));
}

Model busy_model(std::size_t connections) {
  control::ProcessStatus status = process_of("ttyUSB0", connections);
  control::LinkStatus& link = status.links[0];
  link.on_line.sent_bytes_per_second = 7800;
  link.on_line.received_bytes_per_second = 1250;
  link.data.send_queue_bytes = 16'400;
  if (connections > 0) {
    link.connections[0].service = "web";
    link.connections[0].sent_bytes = 1'234'000;
    link.connections[0].received_bytes_per_second = 640;
  }
  Model model;
  model.take(1, status);
  return model;
}

TEST(TopView, TheUsualTerminalHasAllFigures) {
  const Model model = busy_model(2);
  Browser browser;
  const std::string text = shown(model, browser, {80, 24});
  EXPECT_TRUE(
      text.starts_with("serialtcp top: 1 of 1 links up, 2 connections\n"
                       "LINK    STATE          FOR SENT/s USED RECV/s USED SPEED   RTT LOST QUEUE CONN\n"
                       "ttyUSB0 up              1m   7.8k  78%   1.2k  12%   10k  12ms    -   16k    2\n"
                       "CONNECTION SERVICE  STATE  PEER             SENT  RECV SENT/s RECV/s   AGE\n"
                       "ttyUSB0#1  web      open   127.0.0.1:50001  1.2M     0      0    640   10s\n"
                       "ttyUSB0#2           open   127.0.0.1:50002     0     0      0      0   10s\n"))
      << text;
  EXPECT_NE(text.find("q quit"), std::string::npos);
}

TEST(TopView, PacketsHaveALineMoreAndAreNoConnections) {
  control::ProcessStatus status = process_of("ttyUSB0", 1);
  status.links[0].ip_links.push_back(ip_link_of("ip:tun0"));
  status.links[0].ip_links.push_back(ip_link_of("ip:slirp"));
  status.links[0].ip_links.back().state = "no link";
  status.links[0].ip_links.back().spoofed_packets = 2;
  status.nets.push_back(net_of("ttyUSB1"));
  Model model;
  model.take(1, status);
  Browser browser;
  const std::string text = shown(model, browser, {80, 24});
  EXPECT_TRUE(
      text.starts_with("serialtcp top: 2 of 2 links up, 1 connections\n"
                       "LINK    STATE          FOR SENT/s USED RECV/s USED SPEED   RTT LOST QUEUE CONN\n"
                       "ttyUSB0 up              1m      0   0%      0   0%   10k  12ms    -     0    1\n"
                       "ttyUSB1 up               -      0   0%      0   0%   12k     -    -     0    0\n"
                       "CONNECTIONv SERVICE  STATE   PEER              SENT  RECV SENT/s RECV/s   AGE\n"
                       "ttyUSB0#1            open    127.0.0.1:50001      0     0      0      0   10s\n"
                       "ttyUSB0#ip           up      ip:tun0              0     0      0      0     -\n"
                       "  10.9.0.1, fd00::1; 0 packets sent, 0 received, 0 wait\n"
                       "ttyUSB0#ip2          no link ip:slirp             0     0      0      0     -\n"
                       "  10.9.0.1, fd00::1; 0 packets sent, 0 received, 0 wait; dropped: 2 spoofed\n"
                       "ttyUSB1#ip  PPP      up      device 10.0.2.15     0     0      0      0     -\n"
                       "  10.0.2.0/24, gateway 10.0.2.2; 0 packets sent, 0 received, 0 wait\n"))
      << text;
  const std::vector<std::string> all = lines(model, {}, 80);
  EXPECT_EQ(all.back(), "  10.0.2.0/24, gateway 10.0.2.2; 0 packets sent, 0 received, 0 wait");
}

TEST(TopView, AWideTerminalHasMore) {
  const Model model = busy_model(2);
  Browser browser;
  const std::string text = shown(model, browser, {200, 60});
  EXPECT_NE(text.find("######### "), std::string::npos) << text;
  EXPECT_NE(text.find("/dev/ttyUSB0"), std::string::npos);
  EXPECT_NE(text.find("BAD"), std::string::npos);
}

TEST(TopView, ASmallTerminalShowsOneOfThem) {
  const Model model = busy_model(9);
  Browser browser;
  EXPECT_EQ(shown(model, browser, {20, 5}),
            "1 of 1 links up, 9 ~\n"
            "CONNECTION SENT/s\n"
            "ttyUSB0#1       0\n"
            "ttyUSB0#2       0\n"
            "q quit  h help\n");
  browser.press({K::tab}, model);
  EXPECT_EQ(shown(model, browser, {20, 5}),
            "1 of 1 links up, 9 ~\n"
            "LINK    STATE\n"
            "ttyUSB0 up\n"
            "\n"
            "q quit  h help\n");
  browser.press({K::letter, "h"}, model);
  EXPECT_NE(shown(model, browser, {20, 5}).find("any key: back"), std::string::npos);
}

TEST(TopView, ALinkThatIsDownSaysSoInWords) {
  control::ProcessStatus status = process_of("a", 1);
  status.links[0].state = "held";
  status.links[0].trouble = "nothing heard from the other end of a for 5 s";
  Model model;
  model.take(1, status);
  Browser browser;
  const std::string text = shown(model, browser, {80, 24});
  EXPECT_NE(text.find("0 of 1 links up"), std::string::npos);
  EXPECT_NE(text.find("\n  held for 1m; 0s ago: nothing heard from the other end of a for 5 s\n"),
            std::string::npos)
      << text;
}

TEST(TopView, WhereManyLinksAreDownOnlyTheSelectedOneSaysWhy) {
  control::ProcessStatus status = process_of("link0", 20);
  for (int i = 1; i < 9; ++i) {
    status.links.push_back(link_of("link" + std::to_string(i)));
    status.links.back().state = "cannot start";
  }
  Model model;
  model.take(1, status);
  Browser browser;
  std::string text = shown(model, browser, {80, 24});
  EXPECT_NE(text.find("link8 "), std::string::npos) << text;
  EXPECT_EQ(text.find("cannot start for"), std::string::npos) << text;
  browser.press({K::tab}, model);
  browser.press({K::end}, model);
  text = shown(model, browser, {80, 24});
  EXPECT_NE(text.find("link8 "), std::string::npos) << text;
  EXPECT_NE(text.find("\n  cannot start for 1m"), std::string::npos) << text;
  text = shown(model, browser, {80, 60});
  EXPECT_NE(text.find("cannot start for 1m\nlink2"), std::string::npos) << text;
}

TEST(TopView, WithoutProcessesItSaysWhy) {
  Browser browser;
  const Surroundings around{{"No running serialtcp was found. Waiting for one."}};
  EXPECT_EQ(text_of(draw({}, browser, around, {30, 6})),
            "0 of 0 links up, 0 connection~\n"
            "No running serialtcp was\n"
            "found. Waiting for one.\n"
            "\n"
            "\n"
            "q quit  h help\n");
}

TEST(TopView, ScrollsToTheSelectedRowAndSaysWhere) {
  const Model model = busy_model(200);
  Browser browser;
  EXPECT_NE(shown(model, browser, {80, 24}).find("1-19 of 200"), std::string::npos);
  browser.press({K::end}, model);
  std::string text = shown(model, browser, {80, 24});
  EXPECT_NE(text.find("ttyUSB0#200 "), std::string::npos);
  EXPECT_NE(text.find("182-200 of 200"), std::string::npos);
  browser.press({K::page_up}, model);
  EXPECT_NE(shown(model, browser, {80, 24}).find("181-199 of 200"), std::string::npos);
  text = shown(model, browser, {80, 60});  // a larger one has no empty lines below
  EXPECT_NE(text.find("146-200 of 200"), std::string::npos) << text;
  browser.press({K::home}, model);
  EXPECT_NE(shown(model, browser, {80, 24}).find("ttyUSB0#1 "), std::string::npos);
}

TEST(TopView, ManyLinksLeaveHalfOfTheLinesForConnections) {
  control::ProcessStatus status = process_of("first", 30);
  for (int i = 0; i < 40; ++i) status.links.push_back(link_of("link" + std::to_string(i)));
  Model model;
  model.take(1, status);
  Browser browser;
  EXPECT_NE(shown(model, browser, {80, 24}).find("1-10 of 30"), std::string::npos);
  browser.press({K::tab}, model);
  browser.press({K::end}, model);
  const std::string text = shown(model, browser, {80, 24});
  EXPECT_NE(text.find("link39 "), std::string::npos) << text;
  EXPECT_NE(text.find("32-41 of 41"), std::string::npos) << text;
}

TEST(TopView, QuestionsAndFiltersAreAtTheBottom) {
  const Model model = busy_model(2);
  Browser browser;
  browser.press({K::letter, "k"}, model);
  EXPECT_NE(shown(model, browser, {80, 24}).find("\nclose? y/n: ttyUSB0#1 (127.0.0.1:50001)\n"),
            std::string::npos);
  browser.press({K::letter, "n"}, model);
  for (const char* const letter : {"/", "5", "0", "0", "0", "2"}) browser.press({K::letter, letter}, model);
  std::string text = shown(model, browser, {80, 24});
  EXPECT_NE(text.find("\nshow only: 50002_\n"), std::string::npos);
  EXPECT_EQ(text.find("ttyUSB0#1"), std::string::npos);
  browser.press({K::enter}, model);
  EXPECT_NE(shown(model, browser, {80, 24}).find("only '50002': "), std::string::npos);
  browser.press({K::letter, " "}, model);
  EXPECT_NE(shown(model, browser, {80, 24}).find("PAUSED: "), std::string::npos);
}

/// Whatever others send, in every size, with any keys: each row of the screen is as wide as it is, and has no controls.
TEST(TopView, NothingHostileLeavesItsPlace) {
  base::Prng random(11);
  control::ProcessStatus status = process_of(hostile_text(), 3);
  status.links.push_back(link_of(""));
  status.links.push_back(link_of(hostile_text()));
  for (control::LinkStatus& link : status.links) {
    link.state = random.below(2) == 0 ? "up" : hostile_text();
    link.line = link.trouble = hostile_text();
    link.state_seconds = -1e300;
    link.round_trip_seconds = 1e300;
    link.on_line.sent_bytes_per_second = link.data.send_queue_bytes = UINT64_MAX;
    for (control::ConnectionStatus& connection : link.connections) {
      connection.id = connection.service = connection.state = connection.client = connection.target =
          hostile_text();
      connection.age_seconds = 1e300;
      connection.sent_bytes = connection.received_bytes_per_second = UINT64_MAX;
    }
    control::IpLinkStatus& ip = link.ip_links.emplace_back();
    ip.service = ip.network = ip.state = hostile_text();
    ip.addresses.assign(1000, hostile_text());
    ip.sent_packets = ip.dropped_packets = ip.received_bytes = UINT64_MAX;
  }
  control::NetStatus& net = status.nets.emplace_back();
  net.name = net.line = net.state = net.trouble = net.protocol = net.network = hostile_text();
  net.device_address = net.gateway_address = net.name_server = hostile_text();
  net.retry_seconds = -1e300;
  net.baud = net.received_bytes = net.connections_now = net.refused_packets = UINT64_MAX;
  Model model;
  model.take(1, status);
  Browser browser;
  const Surroundings around{{hostile_text(), hostile_text()}};
  for (int i = 0; i < 1000; ++i) {
    if (random.below(100) == 0) model.remove(1);
    if (random.below(20) == 0) model.take(1, status);
    if (random.below(3) == 0) {
      browser.press({K::letter, std::string(1, "qhsr/k y<>n?a"[random.below(13)])}, model);
    } else {
      browser.press({static_cast<K>(1 + random.below(14))}, model);
    }
    if (random.below(50) == 0) browser.set_notice(hostile_text());
    const Size size{1 + random.below(210), 1 + random.below(62)};
    const Screen screen = draw(model, browser, random.below(2) == 0 ? around : Surroundings{}, size);
    ASSERT_EQ(screen.size(), size);
    for (std::size_t y = 0; y < size.height; ++y) {
      for (std::size_t x = 0; x < size.width; ++x) {
        ASSERT_GE(screen.at(x, y).character, U' ');
        ASSERT_TRUE(screen.at(x, y).character < 0x7F || screen.at(x, y).character > 0xA0);
      }
    }
  }
}

TEST(TopView, TerminalsThatAreTooLargeOrNoneAreUsedInPart) {
  Browser browser;
  EXPECT_EQ(draw({}, browser, {}, {100'000, 100'000}).size(), kMaxSize);
  EXPECT_EQ(draw({}, browser, {}, {0, 0}).size(), (Size{1, 1}));
}

TEST(TopView, LinesHaveEverything) {
  const Model model = busy_model(200);
  const std::vector<std::string> text = lines(model, {}, 132);
  ASSERT_EQ(text.size(), 1U + 2 + 201);
  EXPECT_TRUE(text.back().starts_with("ttyUSB0#200 ")) << text.back();
  const std::vector<std::string> none = lines({}, {{"nobody"}}, 132);
  EXPECT_EQ(none.front(), "nobody");
}

}  // namespace
}  // namespace serialtcp::top
