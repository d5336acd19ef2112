// The status to JSON and back; what another version of the program says.
#include "control/status_json.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "control/status_fields.h"

namespace serialtcp::control {
namespace {

/// Every member has a value of its own.
class Numbering {
 public:
  template <typename T>
  void fill(T& of) {
    for_each_field(of, [this](std::string_view, auto& member) { this->set(member); });
  }

 private:
  void set(std::string& text) { text = "text " + std::to_string(++last_); }
  void set(std::uint64_t& number) { number = (1ULL << 60U) + ++last_; }
  void set(double& number) { number = static_cast<double>(++last_) + 0.25; }
  void set(bool& flag) { flag = true; }
  void set(std::optional<double>& number) { set(number.emplace()); }
  template <typename T>
  void set(std::vector<T>& list) {
    list.resize(2);
    for (T& one : list) set(one);
  }
  template <typename T>
  void set(T& of) {
    fill(of);
  }

  std::uint64_t last_ = 0;
};

ProcessStatus full() {
  ProcessStatus status;
  Numbering().fill(status);
  return status;
}

TEST(ControlStatus, ComesBackFromJsonAsItWas) {
  const ProcessStatus status = full();
  ASSERT_EQ(status.links.size(), 2U);
  ASSERT_EQ(status.links[1].connections.size(), 2U);
  const std::string text = boost::json::serialize(to_json(status));
  const auto back = status_from_json(boost::json::parse(text));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(*back, status);
}

TEST(ControlStatus, NamesAndUnitsStayAsTheyAre) {
  ProcessStatus status;
  LinkStatus& link = status.links.emplace_back();
  link.round_trip_seconds = 0.25;
  link.connections.emplace_back().id = "rack#3";
  const boost::json::object json = to_json(status);
  const auto& first = json.at("links").at(0).as_object();
  EXPECT_EQ(first.at("round_trip_seconds").as_double(), 0.25);
  EXPECT_EQ(first.at("on_line").at("sent_bytes").to_number<std::uint64_t>(), 0U);
  EXPECT_EQ(first.at("connections").at(0).at("id").as_string(), "rack#3");
  EXPECT_FALSE(first.contains("heard_seconds"));  // it is not known
}

TEST(ControlStatus, TextFromElsewhereBecomesUtf8WithoutControlCharacters) {
  ProcessStatus status;
  status.links.emplace_back().trouble =
      "a\x1b[31m\xff"
      "b";
  EXPECT_EQ(to_json(status).at("links").at(0).at("trouble").as_string(), "a?[31m?b");
}

TEST(ControlStatus, OfAnotherVersionIsReadAsFarAsItIsKnown) {
  const auto status =
      status_from_json(boost::json::parse(R"({"pid":5,"new":{"x":1},"links":[{"name":"a"}]})"));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->pid, 5U);
  EXPECT_EQ(status->version, "");
  EXPECT_EQ(status->links.at(0).name, "a");
}

TEST(ControlStatus, WrongTypesAreTold) {
  for (const char* const text :
       {"1", "[]", R"({"pid":"x"})", R"({"pid":-1})", R"({"links":{}})", R"({"links":[1]})",
        R"({"links":[{"sealed":1}]})", R"({"links":[{"on_line":[]}]})"}) {
    EXPECT_FALSE(status_from_json(boost::json::parse(text))) << text;
  }
  EXPECT_NE(status_from_json(boost::json::parse(R"({"links":[{"baud":true}]})")).error().find("'"),
            std::string::npos);
}

}  // namespace
}  // namespace serialtcp::control
