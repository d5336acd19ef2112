// The history of the links: bounded, of those that are there, and JSON whatever they are called.
#include "http/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

namespace serialtcp::http {
namespace {

control::ProcessStatus with_link(const std::string& name, std::uint64_t sent) {
  control::ProcessStatus status;
  control::LinkStatus& link = status.links.emplace_back();
  link.name = name;
  link.on_line.sent_bytes_per_second = sent;
  link.on_line.received_bytes_per_second = 2 * sent;
  return status;
}

boost::json::object parsed(const History& history) {
  return boost::json::parse(history.json()).as_object();
}

TEST(HttpHistory, HasTheLatestLast) {
  History history;
  history.add(with_link("a", 1));
  auto second = with_link("a", 2);
  second.links[0].round_trip_seconds = 0.25;
  history.add(second);
  EXPECT_EQ(
      history.json(),
      "{\"interval_seconds\":5,\"number\":2,\"links\":{\"a\":{\"sent\":[1,2],\"received\":[2,4],\"round_trip_us\":[null,250000]}}}");
}

TEST(HttpHistory, IsBounded) {
  History history;
  for (std::uint64_t i = 0; i < 2 * History::kPoints; ++i) history.add(with_link("a", i));
  const auto object = parsed(history);
  const auto& sent = object.at("links").at("a").at("sent").as_array();
  EXPECT_EQ(sent.size(), History::kPoints);
  EXPECT_EQ(sent.back().to_number<std::uint64_t>(), 2 * History::kPoints - 1);
}

TEST(HttpHistory, TheLatestAreThereByThemselves) {
  History history;
  history.add(with_link("a", 1));
  history.add(with_link("a", 2));
  EXPECT_EQ(history.json(1),
            "{\"interval_seconds\":5,\"number\":2,\"links\":{\"a\":{\"sent\":[2],\"received\":[4],"
            "\"round_trip_us\":[null]}}}");
}

TEST(HttpHistory, WhatWasMissedIsAGapAndCounts) {
  History history;
  history.add(with_link("a", 1));
  history.miss(2);
  history.add(with_link("a", 2));
  EXPECT_EQ(history.json(),
            "{\"interval_seconds\":5,\"number\":4,\"links\":{\"a\":{\"sent\":[1,null,null,2],"
            "\"received\":[2,null,null,4],\"round_trip_us\":[null,null,null,null]}}}");
  history.miss(~std::uint64_t{0} - 10);  // years: no work for each
  EXPECT_EQ(parsed(history).at("links").at("a").at("sent").as_array().size(), History::kPoints);
}

TEST(HttpHistory, ForgetsLinksThatAreNotThereAnyMore) {
  History history;
  history.add(with_link("a", 1));
  history.add(with_link("b", 1));
  EXPECT_FALSE(parsed(history).at("links").as_object().contains("a"));
  EXPECT_TRUE(parsed(history).at("links").as_object().contains("b"));
}

TEST(HttpHistory, IsJsonWhateverALinkIsCalledAndHoweverFastItIs) {
  History history;
  history.add(with_link("\"\\\n\xff</script>", ~std::uint64_t{0}));
  const auto object = parsed(history);
  EXPECT_EQ(object.at("links").as_object().size(), 1U);
  EXPECT_EQ(object.at("links").as_object().begin()->value().at("sent").at(0).to_number<std::uint64_t>(),
            ~std::uint32_t{0});
  EXPECT_EQ(history.json().find('\n'), std::string::npos) << "an event is a line";
}

}  // namespace
}  // namespace serialtcp::http
