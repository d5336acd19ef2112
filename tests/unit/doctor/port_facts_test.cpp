// What of a port is a fault, and how findings look.
#include "doctor/port_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "port/latency_timer.h"
#include "temporary_folder.h"

namespace serialtcp::doctor {
namespace {

using testing::HasSubstr;

Findings inside(const PortInside& port) {
  return judge_inside({.name = "/dev/ttyUSB0", .latency = 16}, port);
}

TEST(PortFacts, ALongLatencyIsAFaultAndAShortOneIsNot) {
  for (unsigned milliseconds = 1; milliseconds <= 255; ++milliseconds) {
    const Findings findings = inside({.opened_as = "", .latency = milliseconds});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].kind == Finding::Kind::fault, milliseconds > kLongestLatency) << milliseconds;
    EXPECT_EQ(findings[0].value, milliseconds);
  }
}

TEST(PortFacts, WhatOtherProgramsGetIsToldToo) {
  const Findings findings = inside({.opened_as = "", .latency = 1});
  EXPECT_THAT(findings.at(0).text, HasSubstr("1 ms while it is open here, 16 ms otherwise"));
  EXPECT_THAT(findings.at(0).advice, HasSubstr("serialtcp test --fix /dev/ttyUSB0"));
}

TEST(PortFacts, HardwareFlowControlNeedsCts) {
  for (const io::FlowControl flow :
       {io::FlowControl::none, io::FlowControl::xon_xoff, io::FlowControl::rts_cts}) {
    for (const io::Pin cts : {io::Pin::low, io::Pin::high}) {
      const Findings findings = inside({.opened_as = "", .pins = io::ModemLines{.cts = cts}, .flow = flow});
      const bool stuck = flow == io::FlowControl::rts_cts && cts == io::Pin::low;
      EXPECT_EQ(result_of(findings), stuck ? Result::faults : Result::fine);
    }
  }
}

TEST(PortFacts, WarningsAreFaultsWithWhatToDo) {
  const Findings findings =
      inside({.opened_as = "at 9600 8N1",
              .notes = {"WARNING: X is open in another program, too: 12 (agetty), which may take "
                        "what arrives: disable its login",
                        "something else"}});
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[1].kind, Finding::Kind::fault);
  EXPECT_EQ(findings[1].advice, "disable its login");
  EXPECT_THAT(findings[1].text, testing::EndsWith("which may take what arrives"));
  EXPECT_EQ(findings[2].kind, Finding::Kind::fact);
}

TEST(PortFacts, CountersThatWrap) {
  const auto between = errors_between(io::LineErrors{.overruns = 0xFFFFFFFF}, io::LineErrors{.overruns = 2});
  ASSERT_TRUE(between.has_value());
  EXPECT_EQ(between->overruns, 3U);
  EXPECT_FALSE(errors_between({}, io::LineErrors{}).has_value());
}

TEST(PortFacts, OverrunsNameTheRemedyThatIsNotInUse) {
  const io::LineErrors errors{.overruns = 2};
  EXPECT_THAT(judge_errors(errors, io::FlowControl::none).at(0).advice, HasSubstr("--rtscts"));
  EXPECT_THAT(judge_errors(errors, io::FlowControl::rts_cts).at(0).advice, HasSubstr("lower speed"));
  EXPECT_TRUE(judge_errors({.framing = 3, .breaks = 1}, io::FlowControl::none).empty());
}

TEST(Findings, TextIsALineEach) {
  EXPECT_EQ(text_of(fact("port", "/dev/ttyS0")), "port        /dev/ttyS0\n");
  EXPECT_EQ(text_of(fault("other end", "silent", "start it")),
            "other end   FAULT: silent\n    to do:  start it\n");
  EXPECT_EQ(text_of(fact("hardware", "a\x1b[2Jb\nc")), "hardware    a?[2Jb?c\n");
  EXPECT_EQ(closing_line({}), "result      fine\n");
  EXPECT_EQ(closing_line({fault("a", "b", "c"), fact("d", "e"), fault("f", "g", "h")}),
            "result      2 faults\n");
}

TEST(Findings, JsonHasEachMember) {
  EXPECT_EQ(json_of("/dev/ttyS0", {fact("latency", "16 ms", "", 16), fault("x", "y\"\x1b", "z")}, ""),
            R"({"port":"/dev/ttyS0","result":"faults","problem":null,"findings":[)"
            R"({"about":"latency","fault":false,"text":"16 ms","value":16,"to_do":null},)"
            R"({"about":"x","fault":true,"text":"y\"\u001b","value":null,"to_do":"z"}]})"
            "\n");
  EXPECT_EQ(json_of("X", {}, "busy"), R"({"port":"X","result":"not tested","problem":"busy","findings":[]})"
                                      "\n");
}

TEST(LatencyTimer, IsReadAndWritten) {
  const TemporaryFolder root;
  const std::string tty = root.path() + "/sys/class/tty/ttyUSB0";
  std::filesystem::create_directories(tty + "/device");
  std::filesystem::create_directories(root.path() + "/dev");
  std::ofstream(root.path() + "/dev/ttyUSB0") << "";
  EXPECT_FALSE(io::latency_timer("/dev/ttyUSB0", root.path()).has_value());
  EXPECT_TRUE(io::set_latency_timer("/dev/ttyUSB0", 1, root.path()));
  std::ofstream(tty + "/device/latency_timer") << "16\n";
  EXPECT_EQ(io::latency_timer("/dev/ttyUSB0", root.path()), 16U);
  EXPECT_FALSE(io::set_latency_timer("/dev/ttyUSB0", 1, root.path()));
  EXPECT_EQ(io::latency_timer("/dev/ttyUSB0", root.path()).value_or(0) % 10, 1U);
  std::ofstream(tty + "/type") << "4\n";
  EXPECT_EQ(io::uart_chip("/dev/ttyUSB0", root.path()), "16550A");
}

}  // namespace
}  // namespace serialtcp::doctor
