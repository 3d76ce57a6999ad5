/*
 * plot.c - the results as a picture: for each strategy, which share of all searches has found something within so many
 * executions. The higher, the better; the further left, the sooner.
 */
#include "searches.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 860, HEIGHT = 480, LEFT = 60, RIGHT = 140, TOP = 20, BOTTOM = 50 };

static const char *const colours[] = {"#444444", "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
                                      "#8c564b", "#e377c2", "#bcbd22", "#17becf", "#7f7f7f", "#000000"};

static double across(const struct comparison *comparison, double executions)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * log(executions) / log(comparison->limit);
}

static double up(double share)
{
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share;
}

static double share_within(const struct comparison *comparison, uint32_t strategy, uint32_t executions)
{
    uint32_t found = 0;
    for (uint32_t subject = 0; subject < comparison->subject_count; subject++) {
        for (uint32_t seed = 0; seed < comparison->seeds; seed++) {
            uint32_t taken = comparison->searches[subject].executions[strategy][seed];
            found += taken <= executions && taken < comparison->limit;
        }
    }
    return (double)found / (comparison->subject_count * comparison->seeds);
}

static void draw_axes(FILE *file, const struct comparison *comparison)
{
    for (double executions = 1; executions <= comparison->limit; executions *= 10) {
        double x = across(comparison, executions);
        fprintf(file, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#dddddd\"/>\n", x, TOP, x, HEIGHT - BOTTOM);
        fprintf(file, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>\n", x, HEIGHT - BOTTOM + 18, executions);
    }
    for (uint32_t percent = 0; percent <= 100; percent += 20) {
        double y = up(percent / 100.0);
        fprintf(file, "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#dddddd\"/>\n", LEFT, y, WIDTH - RIGHT, y);
        fprintf(file, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%u %%</text>\n", LEFT - 8, y + 4, percent);
    }
    fprintf(file, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">executions</text>\n", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8);
}

static void draw_curve(FILE *file, const struct comparison *comparison, uint32_t strategy)
{
    const char *colour = colours[strategy % (sizeof colours / sizeof colours[0])];
    uint32_t last = 0;
    fprintf(file, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
    for (double executions = 1; executions < comparison->limit; executions *= 1.12) {
        if ((uint32_t)executions != last) {
            last = (uint32_t)executions;
            fprintf(file, "%.1f,%.1f ", across(comparison, last), up(share_within(comparison, strategy, last)));
        }
    }
    fprintf(file, "\"/>\n");
    int y = TOP + 14 + 20 * (int)strategy;
    fprintf(file, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"3\"/>\n", WIDTH - RIGHT + 12,
            y - 4, WIDTH - RIGHT + 32, y - 4, colour);
    fprintf(file, "<text x=\"%d\" y=\"%d\">%s</text>\n", WIDTH - RIGHT + 38, y, comparison->strategies[strategy]);
}

bool write_plot(const struct comparison *comparison, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return false;
    }
    fprintf(
        file,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n",
        WIDTH, HEIGHT);
    fprintf(file, "<title>share of searches that have found something within so many executions</title>\n");
    fprintf(file, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n", WIDTH, HEIGHT);
    draw_axes(file, comparison);
    for (uint32_t strategy = 0; strategy < comparison->strategy_count; strategy++) {
        draw_curve(file, comparison, strategy);
    }
    fprintf(file, "</svg>\n");
    return fclose(file) == 0;
}
