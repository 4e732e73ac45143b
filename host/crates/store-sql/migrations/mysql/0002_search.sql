-- MySQL installations have a search server; the step exists so that both dialects count the same.

DO 0;
