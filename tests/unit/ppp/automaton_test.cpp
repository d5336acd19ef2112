// The automaton against the table of RFC 1661 section 4.1, as it is printed there: one line for each event, one word for
// each state. Letters of footnotes are left out.
#include "ppp/automaton.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <sstream>
#include <string>

namespace serialtcp::ppp {
namespace {

constexpr std::array<const char*, 16> kRfc{
    "2 irc,scr/6 - - - - - - - -",                                      // Up
    "- - 0 tls/1 0 1 1 1 1 tld/1",                                      // Down
    "tls/1 1 irc,scr/6 3 5 5 6 7 8 9",                                  // Open
    "0 tlf/0 2 2 4 4 irc,str/4 irc,str/4 irc,str/4 tld,irc,str/4",      // Close
    "- - - - str/4 str/5 scr/6 scr/6 scr/8 -",                          // TO+
    "- - - - tlf/2 tlf/3 tlf/3 tlf/3 tlf/3 -",                          // TO-
    "- - sta/2 irc,scr,sca/8 4 5 sca/8 sca,tlu/9 sca/8 tld,scr,sca/8",  // RCR+
    "- - sta/2 irc,scr,scn/6 4 5 scn/6 scn/7 scn/6 tld,scr,scn/6",      // RCR-
    "- - sta/2 sta/3 4 5 irc/7 scr/6 irc,tlu/9 tld,scr/6",              // RCA
    "- - sta/2 sta/3 4 5 irc,scr/6 scr/6 irc,scr/8 tld,scr/6",          // RCN
    "- - sta/2 sta/3 sta/4 sta/5 sta/6 sta/6 sta/6 tld,zrc,sta/5",      // RTR
    "- - 2 3 tlf/2 tlf/3 6 6 8 tld,scr/6",                              // RTA
    "- - scj/2 scj/3 scj/4 scj/5 scj/6 scj/7 scj/8 scj/9",              // RUC
    "- - 2 3 4 5 6 6 8 9",                                              // RXJ+
    "- - tlf/2 tlf/3 tlf/2 tlf/3 tlf/3 tlf/3 tlf/3 tld,irc,str/5",      // RXJ-
    "- - 2 3 4 5 6 7 8 ser/9",                                          // RXR
};

std::uint16_t action_of(const std::string& word) {
  static const std::map<std::string, std::uint16_t> kActions{
      {"tld", action::kLayerDown},     {"irc", action::kInitCount},        {"zrc", action::kZeroCount},
      {"scr", action::kSendRequest},   {"sca", action::kSendAck},          {"scn", action::kSendNak},
      {"str", action::kSendTerminate}, {"sta", action::kSendTerminateAck}, {"scj", action::kSendCodeReject},
      {"ser", action::kSendEchoReply}, {"tlu", action::kLayerUp},          {"tls", action::kLayerStarted},
      {"tlf", action::kLayerFinished},
  };
  return kActions.at(word);
}

Transition parse(const std::string& cell, State state) {
  if (cell == "-") return {0, state};
  Transition wanted;
  std::istringstream actions(cell.substr(0, cell.find('/') == std::string::npos ? 0 : cell.find('/')));
  for (std::string word; std::getline(actions, word, ',');) wanted.actions |= action_of(word);
  wanted.next = static_cast<State>(cell.back() - '0');
  return wanted;
}

TEST(PppAutomaton, IsTheTableOfTheRfc) {
  for (std::size_t event = 0; event < kRfc.size(); ++event) {
    std::istringstream cells(kRfc[event]);
    std::string cell;
    for (int number = 0; number < 10; ++number) {
      ASSERT_TRUE(cells >> cell) << event;
      const auto state = static_cast<State>(number);
      const Transition wanted = parse(cell, state);
      const Transition found = transition(state, static_cast<Event>(event));
      EXPECT_EQ(found.actions, wanted.actions) << "event " << event << ", state " << number << ": " << cell;
      EXPECT_EQ(found.next, wanted.next) << "event " << event << ", state " << number << ": " << cell;
    }
    EXPECT_FALSE(cells >> cell) << event;
  }
}

}  // namespace
}  // namespace serialtcp::ppp
