// Figures stay within their columns, whatever they are.
#include "top/figure_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace serialtcp::top {
namespace {

TEST(TopFigures, Texts) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(999), "999");
  EXPECT_EQ(short_number(1200), "1.2k");
  EXPECT_EQ(short_number(9999), "10k");
  EXPECT_EQ(short_number(34'400'000), "34M");
  EXPECT_EQ(short_number(18446744073709551615.0), "18E");
  EXPECT_EQ(short_span(std::nullopt), "-");
  EXPECT_EQ(short_span(0.0004), "0.4ms");
  EXPECT_EQ(short_span(0.0123), "12ms");
  EXPECT_EQ(short_span(1.25), "1.2s");
  EXPECT_EQ(short_span(600), "10m");
  EXPECT_EQ(short_age(59.9), "59s");
  EXPECT_EQ(short_age(std::nullopt), "-");
  EXPECT_EQ(short_age(60), "1m");
  EXPECT_EQ(short_age(7500), "2h05");
  EXPECT_EQ(short_age(86400 * 3.5), "3d");
  EXPECT_EQ(share(50, 200), "25%");
  EXPECT_EQ(share(50, 0), "-");
  EXPECT_EQ(short_part(std::nullopt), "-");
  EXPECT_EQ(short_part(0), "0");
  EXPECT_EQ(short_part(0.0042), "0.4%");
  EXPECT_EQ(short_part(1), "100%");
  EXPECT_EQ(bar(50, 100, 4), "##  ");
  EXPECT_EQ(bar(1e9, 1, 4), "####");
}

TEST(TopFigures, NoneIsWiderThanItsColumn) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> values{-1, -kInfinity, kInfinity, std::nan(""), 1e308};
  for (double value = 1e-6; value < 1e21; value *= 1.07) values.push_back(value);
  for (const double value : values) {
    EXPECT_LE(short_number(value).size(), 4U) << value;
    EXPECT_LE(short_span(value).size(), 5U) << value;
    EXPECT_LE(short_age(value).size(), 5U) << value;
    EXPECT_LE(share(value, 3).size(), 4U) << value;
    EXPECT_LE(share(3, value).size(), 4U) << value;
    EXPECT_LE(short_part(value).size(), 4U) << value;
    EXPECT_EQ(bar(value, 7, 9).size(), 9U) << value;
    EXPECT_EQ(bar(7, value, 9).size(), 9U) << value;
  }
}

}  // namespace
}  // namespace serialtcp::top
