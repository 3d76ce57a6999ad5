/* plots.c - what a campaign reached at which time, as pictures that need no scripts. */
#include "page.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 480, HEIGHT = 220, LEFT = 64, RIGHT = 12, TOP = 12, BOTTOM = 34, TICKS = 4 };

struct plot {
    const char *title, *unit;
    double (*value)(const cJSON *point, const cJSON *previous); /* below 0: there is none */
    int steps;                                                  /* stays as it is until the next point */
};

static double coverage_at(const cJSON *point, const cJSON *previous)
{
    (void)previous;
    return number_in(point, "coverage");
}

static double findings_at(const cJSON *point, const cJSON *previous)
{
    (void)previous;
    return number_in(point, "findings");
}

static double rate_at(const cJSON *point, const cJSON *previous)
{
    double seconds = number_in(point, "elapsed") - number_in(previous, "elapsed");
    double executions = number_in(point, "executions") - number_in(previous, "executions");
    return seconds <= 0 ? -1 : executions > 0 ? executions / seconds : 0;
}

static const struct plot plots[] = {
    {"Coverage over time", "places reached, summed over subjects", coverage_at, 0},
    {"Rate over time", "executions a second", rate_at, 0},
    {"Findings over time", "findings", findings_at, 1},
};

/* 1, 2 or 5 times a power of ten, so that about so many of them reach the value. */
static double tick_of(double most)
{
    double raw = most / TICKS, power = pow(10, floor(log10(raw)));
    double factor = raw / power;
    return power * (factor < 1.5 ? 1 : factor < 3.5 ? 2 : factor < 7.5 ? 5 : 10);
}

static const char *short_number(double value, char text[32])
{
    if (value >= 1e9) {
        snprintf(text, 32, "%g G", value / 1e9);
    } else if (value >= 1e6) {
        snprintf(text, 32, "%g M", value / 1e6);
    } else if (value >= 1e4) {
        snprintf(text, 32, "%g k", value / 1e3);
    } else {
        snprintf(text, 32, "%g", value);
    }
    return text;
}

struct frame {
    double seconds, most; /* what the axes reach */
};

static double x_of(const struct frame *frame, double seconds)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * seconds / frame->seconds;
}

static double y_of(const struct frame *frame, double value)
{
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / frame->most;
}

static void write_axes(FILE *stream, const struct frame *frame)
{
    char text[32];
    double tick = tick_of(frame->most);
    for (double value = 0; value <= frame->most * 1.0001; value += tick) {
        fprintf(stream, "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>", LEFT, y_of(frame, value),
                WIDTH - RIGHT, y_of(frame, value));
        fprintf(stream, "<text class=\"left\" x=\"%d\" y=\"%.1f\">%s</text>", LEFT - 6, y_of(frame, value) + 4,
                short_number(value, text));
    }
    double unit = frame->seconds >= 2 * 3600 ? 3600 : frame->seconds >= 120 ? 60 : 1;
    tick = tick_of(frame->seconds / unit);
    for (double value = 0; value <= frame->seconds / unit * 1.0001; value += tick) {
        fprintf(stream, "<text class=\"below\" x=\"%.1f\" y=\"%d\">%g %s</text>", x_of(frame, value * unit),
                HEIGHT - BOTTOM + 18, value,
                unit == 3600 ? "h"
                : unit == 60 ? "min"
                             : "s");
    }
}

static void write_line(FILE *stream, const struct plot *plot, const struct frame *frame, const cJSON *series)
{
    const cJSON *point, *previous = NULL;
    double last = 0;
    fputs("<polyline points=\"", stream);
    cJSON_ArrayForEach(point, series)
    {
        double x = x_of(frame, number_in(point, "elapsed")), value = plot->value(point, previous);
        previous = point;
        if (value < 0) {
            continue;
        }
        if (plot->steps) {
            fprintf(stream, "%.1f,%.1f ", x, y_of(frame, last));
        }
        fprintf(stream, "%.1f,%.1f ", x, y_of(frame, value));
        last = value;
    }
    fputs("\"/>", stream);
}

static void write_plot(FILE *stream, const struct plot *plot, const cJSON *series)
{
    struct frame frame = {1, 1};
    char text[32], seconds[32];
    double last = 0;
    const cJSON *point, *previous = NULL;
    cJSON_ArrayForEach(point, series)
    {
        double value = plot->value(point, previous);
        last = value < 0 ? last : value;
        frame.most = last > frame.most ? last : frame.most;
        frame.seconds = number_in(point, "elapsed") > frame.seconds ? number_in(point, "elapsed") : frame.seconds;
        previous = point;
    }
    put(stream, "<figure class=\"plot\"><figcaption>% <small>%</small></figcaption>", plot->title, plot->unit);
    fprintf(stream, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
    put(stream, "%: % at the end, after %\">", plot->title, number_text(last, text), time_text(frame.seconds, seconds));
    write_axes(stream, &frame);
    write_line(stream, plot, &frame, series);
    fputs("</svg></figure>\n", stream);
}

void write_plots(FILE *stream, const cJSON *campaign)
{
    const cJSON *series = item_in(campaign, "series");
    if (items_in(campaign, "series") < 2) {
        return;
    }
    fputs("<div class=\"plots\">", stream);
    for (size_t index = 0; index < sizeof(plots) / sizeof(plots[0]); index++) {
        write_plot(stream, &plots[index], series);
    }
    fputs("</div>\n", stream);
}
